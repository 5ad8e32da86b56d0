"""Projects over REST and from the command line: what is found is shown, and an agent is made of it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from people import a_key, a_person, client_of
from servers import ServerUnderTest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "langgraph.json").write_text('{"graphs": {"desk": "./desk.py:graph", "gone": "./gone.py:graph"}}')
    (tmp_path / "desk.py").write_text('"""A desk."""\n\nopen("was-run", "w")\ngraph = builder.compile()\n')
    return tmp_path


def test_a_project_is_read_and_not_run(server: ServerUnderTest, folder: Path) -> None:
    (project,) = server.call("POST", "/projects/read", json={"path": str(folder)})["projects"]
    assert (project["framework"], project["source"]) == ("langgraph", "langgraph.json")
    assert project["agents"][0] == {
        "name": "desk",
        "kind": "a compiled graph",
        "description": "A desk.",
        "configuration": {"project": str(folder), "graph": "desk"},
    }
    assert project["agents"][1]["problem"] == "There is no file './gone.py'."
    assert not (folder / "was-run").exists()
    body = {"name": "desk", "framework": "langgraph", "configuration": project["agents"][0]["configuration"]}
    server.call("POST", "/agents", 201, json=body)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "relative", "\0", "~nobody-here/x", "/"])
def test_what_is_no_project_is_refused(server: ServerUnderTest, path: str) -> None:
    refused = server.call("POST", "/projects/read", 400, json={"path": path})
    assert refused["details"]["faults"][0]["pointer"] == "/path"


def test_who_may_not_make_agents_may_not_look(server: ServerUnderTest, folder: Path) -> None:
    viewer = a_person(server, "viewer")
    with client_of(server, a_key(server, viewer["id"])["key"]) as client:
        assert client.post("/projects/read", json={"path": str(folder)}).status_code == 403


def test_a_broken_description_is_told(server: ServerUnderTest, folder: Path) -> None:
    (folder / "langgraph.json").write_text("{")
    assert "is no JSON" in server.call("POST", "/projects/read", 400, json={"path": str(folder)})["message"]


def orchestra(server: ServerUnderTest, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestra", *arguments]
    return subprocess.run(command, env=server.environment(), capture_output=True, text=True, timeout=60)


def test_the_command_line_shows_what_was_found_and_makes_an_agent(server: ServerUnderTest, folder: Path) -> None:
    shown = orchestra(server, "import", str(folder), "--dry-run")
    assert "  desk: a compiled graph. A desk." in shown.stdout
    assert "    It would not run: There is no file './gone.py'." in shown.stdout
    unclear = orchestra(server, "import", str(folder), "--yes")
    assert (unclear.returncode, "desk (langgraph), gone (langgraph)" in unclear.stderr) == (1, True)
    made = orchestra(server, "import", str(folder), "--agent", "desk", "--name", "My desk", "--yes")
    agent = server.call("GET", f"/agents/{made.stdout.splitlines()[-1]}")
    assert (agent["name"], agent["configuration"]["graph"]) == ("My desk", "desk")
    assert json.loads(orchestra(server, "import", str(folder), "--json").stdout)[0]["framework"] == "langgraph"


def test_packages_that_it_lacks_are_shown_and_asked_about(server: ServerUnderTest, folder: Path) -> None:
    (folder / "langgraph.json").write_text('{"graphs": {"desk": "./desk.py:graph"}, "dependencies": ["langgraph<1"]}')
    shown = orchestra(server, "import", str(folder), "--dry-run")
    assert "LangGraph's environment lacks langgraph<1: the agent gets one of its own" in shown.stdout
    assert "It asks for langgraph<1, and LangGraph is tested with langgraph 1." in shown.stdout
    made = orchestra(server, "import", str(folder), "--yes")
    [made_id] = re.findall(r"^[0-9a-f]{32}$", made.stdout, re.MULTILINE)
    agent = server.call("GET", f"/agents/{made_id}")
    assert (made.returncode, agent["status"]) == (1, "ERROR")
    assert agent["configuration"]["packages"] == ["langgraph<1"]
    assert "The project asks for langgraph<1, and LangGraph is tested with langgraph 1." in agent["statusReason"]
    assert agent["statusReason"] in made.stdout
    server.call("DELETE", f"/agents/{agent['id']}")
