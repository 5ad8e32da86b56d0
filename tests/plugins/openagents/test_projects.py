"""Networks of openagents.org, as their folders describe them."""

from pathlib import Path

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check
from orchestra_plugins.openagents.projects import read_project

PROJECTS = Path(__file__).parents[2] / "projects" / "openagents"


def test_a_network_becomes_an_agent(framework: Framework):
    project = read_project(PROJECTS / "newsroom")
    assert project is not None
    (found,) = project.agents
    assert (found.name, found.kind, found.problem) == ("Newsroom", "network of editor, reporter", None)
    check(framework, found.configuration)
    network = found.configuration["network"]
    assert found.configuration["model"] == "gpt-4o-mini"
    assert network["channels"] == ["general", "drafts"]
    editor, reporter = network["agents"]
    assert editor["react_to_all_messages"] and editor["max_iterations"] == 4
    assert reporter["triggers"] == [{"event": "thread.channel_message.notification", "instruction": "Report."}]
    assert reporter["functions"] == ["tools.archive:look_up"]
    assert project.notes == (
        "The MCP servers of reporter are not brought here.",
        "The agent in robot.yaml is not brought here: RobotAgent 'robot'.",
        "counter.py is code, and is not brought here.",
        "The mod 'openagents.mods.workspace.wiki' is not brought here; agents talk in channels.",
        "Its transports are not used: nothing of the network listens here.",
    )


def test_what_is_no_network_is_left_to_others(tmp_path: Path):
    assert read_project(tmp_path) is None
    (tmp_path / "network.yaml").write_text("other: 1")
    assert read_project(tmp_path) is None
    assert read_project(tmp_path / "agents.yaml") is None


@pytest.mark.parametrize(
    "text", ["network: [", "network: !!python/object:os.system x", "\udcff", "a: " + "x" * 1_000_001]
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str):
    (tmp_path / "network.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=r"network\.yaml"):
        read_project(tmp_path)


def test_nobody_to_bring_is_a_problem(tmp_path: Path):
    (tmp_path / "network.yaml").write_text("network: {name: Empty}")
    project = read_project(tmp_path)
    assert project is not None and project.agents[0].problem == "There is no agent in it that can be brought here."
