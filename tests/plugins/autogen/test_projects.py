"""What is seen of component JSON, by reading alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check
from orchestra_plugins.autogen import orchestra_frameworks
from orchestra_plugins.autogen.projects import read_project


def component(kind: str = "agent", provider: str = "autogen_agentchat.agents.AssistantAgent", **config: Any) -> Any:
    return {"provider": provider, "component_type": kind, "label": "L", "description": " a\n b ", "config": config}


MODEL = component("model", "autogen_ext.models.openai.OpenAIChatCompletionClient", model="gpt-4o-mini", api_key="sk-x")


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def written(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(value))
    return path


def test_a_team_is_found_with_its_members_and_fits_the_schema(tmp_path: Path, framework: Framework) -> None:
    members = [component(name="a", model_client=MODEL), component(name="b", model_client=MODEL)]
    team = component("team", "autogen_agentchat.teams.RoundRobinGroupChat", participants=members)
    project = read_project(written(tmp_path, "team.json", team))
    assert project is not None
    (found,) = project.agents
    assert (found.name, found.kind, found.description) == ("L", "RoundRobinGroupChat of a, b", "a b")
    check(framework, found.configuration)
    assert project.notes == ("The model 'gpt-4o-mini' is asked for at the gateway.",)


def test_exports_galleries_and_folders_are_read(tmp_path: Path) -> None:
    written(tmp_path, "export.json", {"id": 3, "component": component(name="one")})
    written(
        tmp_path, "gallery.json", {"components": {"teams": [component("team")], "agents": [component(), 7], "tools": 1}}
    )
    written(tmp_path, "other.json", [1])
    (tmp_path / "broken.json").write_text("{")
    project = read_project(tmp_path)
    assert project is not None
    assert (project.source, len(project.agents)) == ("export.json, gallery.json", 3)


def test_what_would_run_code_is_named_beforehand(tmp_path: Path) -> None:
    tool = component("tool", "autogen_core.tools.FunctionTool", name="rm", source_code="def rm(): ...")
    executor = component("code_executor", "autogen_ext.code_executors.local.LocalCommandLineCodeExecutor")
    foreign = component("agent", "mine.agents.Mine")
    server = component("workbench", "autogen_ext.tools.mcp.McpWorkbench", server_params={"command": "npx", "args": []})
    whole = component(name="a", tools=[tool], executor=executor, inner=foreign, workbench=server)
    project = read_project(written(tmp_path, "a.json", whole))
    assert project is not None
    notes = " ".join(project.notes)
    for named in ("'rm' carries source code", "executes code", "'mine.agents.Mine' is no component", "program 'npx'"):
        assert named in notes


@pytest.mark.parametrize("value", [7, [], {}, {"provider": "x"}, component("tool"), {"components": {"teams": "x"}}])
def test_other_json_is_no_project(tmp_path: Path, value: Any) -> None:
    assert read_project(written(tmp_path, "x.json", value)) is None


def test_nesting_without_end_is_survived(tmp_path: Path) -> None:
    inner: Any = {}
    for _ in range(200):
        inner = {"a": inner}
    assert read_project(written(tmp_path, "deep.json", component(a=inner))) is not None
    (tmp_path / "bomb.json").write_text("[" * 200_000)
    assert read_project(tmp_path / "bomb.json") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"model": "m"},
        {"model": "m", "agents": []},
        {"component": {}},
        {"model": "m", "agents": [{"type": "AssistantAgent", "name": "two words"}]},
        {"model": "m", "agents": [{"type": "Nobody", "name": "x"}]},
        {"model": "m", "team": "Choir", "agents": [{"type": "UserProxyAgent", "name": "x"}]},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="does not fit"):
        check(framework, wrong)
