"""What is seen of AutoGPT's settings, by reading alone."""

from pathlib import Path

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check
from orchestra_plugins.autogpt import orchestra_frameworks
from orchestra_plugins.autogpt.projects import read_project

SETTINGS = "ai_name: Chef\nai_role: an AI that invents recipes\nai_goals:\n- Invent a recipe\n- Save it\n"


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def test_settings_become_an_agent_that_fits_the_schema(tmp_path: Path, framework: Framework) -> None:
    (tmp_path / "ai_settings.yaml").write_text(SETTINGS)
    project = read_project(tmp_path)
    assert project is not None
    (found,) = project.agents
    assert (found.name, found.configuration["ai_goals"]) == ("Chef", ["Invent a recipe", "Save it"])
    assert found.configuration["fast_llm_model"] == "gpt-3.5-turbo"
    check(framework, found.configuration)


def test_models_are_those_of_the_env_file_and_nothing_else_of_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "ai_settings.yaml").write_text(SETTINGS)
    (tmp_path / ".env").write_text(
        'OPENAI_API_KEY=sk-secret\n# FAST_LLM_MODEL=old\nFAST_LLM_MODEL="gpt-4o-mini" # new\n'
    )
    project = read_project(tmp_path / "ai_settings.yaml")
    assert project is not None
    (found,) = project.agents
    assert (found.configuration["fast_llm_model"], found.configuration["smart_llm_model"]) == ("gpt-4o-mini", "gpt-4")
    assert "sk-secret" not in repr(project)


def test_more_than_five_goals_are_told(tmp_path: Path) -> None:
    goals = "".join(f"- goal {number}\n" for number in range(7))
    (tmp_path / "ai_settings.yaml").write_text(f"ai_name: A\nai_role: b\nai_goals:\n{goals}")
    project = read_project(tmp_path)
    assert project is not None
    assert len(project.agents[0].configuration["ai_goals"]) == 5
    assert project.notes[0] == "It has 7 goals; AutoGPT takes the first 5."


@pytest.mark.parametrize("text", ["", "- a list", "ai_name: A", "a: [", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_settings_is_told_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "ai_settings.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"ai_settings\.yaml"):
        read_project(tmp_path)


def test_other_folders_and_files_are_no_projects(tmp_path: Path) -> None:
    other = tmp_path / "settings.yaml"
    other.write_text(SETTINGS)
    assert (read_project(tmp_path), read_project(other), read_project(tmp_path / "gone")) == (None, None, None)
