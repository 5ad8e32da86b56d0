"""What is seen of CrewAI's projects, by reading alone."""

import json
from pathlib import Path

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.domain.projects import Project
from orchestra.services.configuration import check
from orchestra_plugins.crewai import orchestra_frameworks
from orchestra_plugins.crewai.projects import read_project

PROJECTS = Path(__file__).parents[2] / "projects" / "crewai"


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def read(path: Path) -> Project:
    project = read_project(path)
    assert project is not None
    return project


def test_a_crew_by_crew_base_is_found_with_its_inputs_models_and_needs(framework: Framework) -> None:
    project = read(PROJECTS / "newsletter")
    (found,) = project.agents
    assert (found.name, found.kind, found.problem) == ("Newsletter", "a crew by @CrewBase", None)
    assert found.description == "What happens in a city on a day."
    assert found.configuration == {
        "project": str(PROJECTS / "newsletter"),
        "crew": "src/newsletter/crew.py:Newsletter",
        "inputs": {"city": "", "day": ""},
    }
    check(framework, found.configuration)
    assert project.source == "pyproject.toml"
    assert project.variables == (
        "NEWSLETTER_CITY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "CREWAI_TRACING_ENABLED",
    )  # fmt: skip
    assert "sk-of-the-project" not in repr(project)
    assert [note for note in project.notes if note.startswith("The model")] == [
        "The model 'openai/gpt-of-theirs' is asked for at the gateway.",
        "The model 'anthropic/claude-of-theirs' is asked for at the gateway.",
    ]
    assert project.notes[-1].endswith("crewai-tools, beautifulsoup4.")


def test_a_crew_without_code_is_found_with_what_it_would_be_given(framework: Framework) -> None:
    project = read(PROJECTS / "bakery")
    (found,) = project.agents
    assert (found.name, found.kind) == ("bakery", "a crew of 1 agents in crew.jsonc")
    assert found.configuration["crew"] == "crew.jsonc"
    assert found.configuration["inputs"] == {"bread": "rye", "count": ""}
    check(framework, found.configuration)
    assert project.notes == ("The model 'ollama/bread-model' is asked for at the gateway.",)
    assert read(PROJECTS / "bakery" / "crew.jsonc").agents[0].configuration == found.configuration


def test_flows_are_found_with_the_fields_of_their_state() -> None:
    found = {one.name: one for one in read(PROJECTS / "shelf").agents}
    assert set(found) == {"AskingFlow", "TalkativeFlow", "DeafFlow"}
    assert found["AskingFlow"].configuration["inputs"] == {"number": 0, "label": ""}
    assert "inputs" not in found["TalkativeFlow"].configuration
    (declared,) = read(PROJECTS / "shelf" / "flow.yaml").agents
    assert (declared.kind, declared.configuration["inputs"]) == ("a flow of 1 methods in flow.yaml", {"topic": "tides"})


def test_two_files_of_yaml_are_a_crew() -> None:
    (found,) = read(PROJECTS / "desk").agents
    assert (found.kind, found.configuration["crew"]) == ("a crew of 1 agents in YAML", "config")
    assert found.configuration["inputs"] == {"thing": ""}


def test_programs_that_would_be_started_are_told(tmp_path: Path) -> None:
    agents = {"a": {"role": "r", "goal": "g", "backstory": "b", "mcps": [{"command": "npx", "args": ["x"]}]}}
    tasks = [{"description": "d", "expected_output": "e", "agent": "a"}]
    (tmp_path / "crew.json").write_text(json.dumps({"agents": agents, "tasks": tasks}))
    assert read(tmp_path).notes == ("It starts the program 'npx'; a person is asked before that.",)


def test_a_class_that_makes_no_crew_is_told_beforehand_and_nothing_runs(tmp_path: Path) -> None:
    source = "from crewai.project import CrewBase\nraise SystemExit('nobody may run this')\n"
    (tmp_path / "crew.py").write_text(source + "\n@CrewBase\nclass A:\n    pass\n")
    assert read(tmp_path).agents[0].problem == "'A' has no method crew()."


@pytest.mark.parametrize(
    "text", ["", "import os\n", "class A(Flow):\n    pass\n", "from crewai import (\n", "\0crewai"]
)
def test_a_folder_without_a_crew_is_no_project(tmp_path: Path, text: str) -> None:
    (tmp_path / "main.py").write_text(text)
    (tmp_path / "data.json").write_text('{"tasks": 1}')
    assert read_project(tmp_path) is None
    assert read_project(tmp_path / "main.py") is None
    assert read_project(tmp_path / "data.json") is None


def test_folders_that_do_not_speak_of_crewai_are_not_searched(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "crew.py").write_text("from crewai.project import CrewBase\n\n@CrewBase\nclass A:\n    pass\n")
    assert read_project(tmp_path) is None


@pytest.mark.parametrize("text", ["{", "[" * 100_000])
def test_a_declaration_that_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "crew.jsonc").write_text(text)
    with pytest.raises(ValueError, match=r"crew\.jsonc is no JSON"):
        read_project(tmp_path)


def test_a_definition_outside_of_the_project_is_not_looked_at(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "crew.json").write_text((PROJECTS / "bakery" / "crew.jsonc").read_text())
    (inside / "pyproject.toml").write_text('[tool.crewai]\ntype = "crew"\ndefinition = "../crew.json"\n')
    assert read_project(inside) is None


def test_a_declaration_that_repeats_itself_without_end_is_read_at_once(tmp_path: Path) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30))
    (tmp_path / "flow.yaml").write_text(f"schema: crewai.flow/v1\nl0: &l0 {{llm: x}}\n{levels}\n")
    assert read(tmp_path / "flow.yaml").notes == ("The model 'x' is asked for at the gateway.",)
