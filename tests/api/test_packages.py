"""Agents that need packages beside their framework's: installed for them, run with them, removed like the others."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxed import Boxed, boxed_agent
from servers import ServerUnderTest, running_server, wait_until
from wheels import wheel


@pytest.fixture
def boxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxed:
    made = Boxed(tmp_path)
    made.use(monkeypatch)
    monkeypatch.setenv("UV_OFFLINE", "1")
    wheel(made.links, "leaf")
    wheel(made.links, "branch", requires="boxpkg==5")
    return made


@pytest.fixture
def server(boxed: Boxed, tmp_path: Path) -> Iterator[ServerUnderTest]:
    with running_server(tmp_path) as running:
        yield running


def shown(server: ServerUnderTest, agent: str) -> dict[str, Any]:
    return server.call("GET", f"/agents/{agent}")


def deployed(server: ServerUnderTest, agent: str) -> dict[str, Any]:
    """The agent once nothing is installed for it any more."""
    server.call("POST", f"/agents/{agent}/deploy", 202)
    deadline = time.monotonic() + 60
    while (now := shown(server, agent))["status"] == "DEPLOYING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return now


def environments(server: ServerUnderTest) -> list[str]:
    return [path.name for path in (server.data_dir / "environments").glob("[a-z]*")]


def test_an_agent_runs_with_its_packages_once_they_are_installed(server: ServerUnderTest, boxed: Boxed) -> None:
    agent, plain = boxed_agent(server, packages=["leaf"]), boxed_agent(server)
    needs = shown(server, agent)["needs"]
    assert needs.startswith("boxed.")
    assert shown(server, plain)["needs"] == "boxed"
    refused = server.call("POST", "/executions", 409, json={"agentId": agent})
    assert refused["message"].startswith("Boxed with leaf is not installed. Install it by the agent's button Deploy")
    assert f"'orchestra frameworks install {needs}'" in refused["message"]
    boxed.gate.touch()
    assert server.call("POST", f"/agents/{agent}/deploy", 202)["status"] == "DEPLOYING"
    listed = server.call("GET", "/agents", params={"status": "DEPLOYING"})["agents"]
    assert [one["id"] for one in listed] == [agent]
    wait_until(lambda: server.call("GET", f"/frameworks/{needs}").get("progress", {}).get("phase") == "check")
    boxed.gate.unlink()
    assert deployed(server, agent)["status"] == "IDLE"
    ended = server.wait(server.start_run(agent))
    assert ended["status"] == "COMPLETED", ended
    assert f"/{needs}-" in ended["output"]["prefix"]
    [name] = environments(server)
    manifest = json.loads((server.data_dir / "environments" / name / "orchestra.json").read_text())
    assert (manifest["asked"], set(manifest["packages"])) == (["leaf"], {"boxpkg", "leaf"})
    assert server.call("POST", "/executions", 409, json={"agentId": plain})["error"] == "not_installed"
    found = server.call("GET", "/frameworks/doctor")["environments"]
    assert [(one["framework"], one["healthy"]) for one in found] == [(needs, True)]


def test_what_does_not_go_together_is_told_at_the_agent(server: ServerUnderTest) -> None:
    agent = boxed_agent(server, packages=["boxpkg>=2"])
    now = deployed(server, agent)
    assert now["status"] == "ERROR"
    assert "The project asks for boxpkg>=2, and Boxed is tested with boxpkg 1.0" in now["statusReason"]
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"packages": ["branch"]}})
    assert shown(server, agent)["status"] == "IDLE"
    assert "boxpkg==5" in deployed(server, agent)["statusReason"]
    assert environments(server) == []


@pytest.mark.parametrize("wrong", ["--index-url=x", "a b", "", "x @ https://example.org/x.whl", "x @ file:relative"])
def test_what_names_no_package_is_refused_at_its_place(server: ServerUnderTest, wrong: str) -> None:
    body = {"name": "wrong", "framework": "boxed", "configuration": {"packages": ["leaf", wrong]}}
    refused = server.call("POST", "/agents", 400, json=body)
    assert refused["details"]["faults"][0]["pointer"] == "/configuration/packages/1"
    body = {"name": "wrong", "framework": "probe", "configuration": {"do": "echo", "packages": ["leaf"]}}
    assert server.call("POST", "/agents", 400, json=body)["error"] == "bad_request"


def test_what_no_agent_needs_any_more_is_removed(server: ServerUnderTest) -> None:
    agent, other = boxed_agent(server, packages=["leaf"]), boxed_agent(server, packages=["leaf"])
    deployed(server, agent)
    server.call("PUT", f"/agents/{agent}", json={"configuration": {}})
    assert server.call("DELETE", "/frameworks/unused")["removed"] == []
    server.call("DELETE", f"/agents/{other}")
    [name] = environments(server)
    assert server.call("DELETE", "/frameworks/unused")["removed"] == [name]
    assert environments(server) == []


def test_removing_a_framework_removes_what_was_derived_from_it(server: ServerUnderTest) -> None:
    agent = boxed_agent(server, packages=["leaf"], seconds=600)
    deployed(server, agent)
    execution = server.start_run(agent)
    server.wait_for_log(execution, "boxed runs")
    assert server.call("DELETE", "/frameworks/boxed/environment", 409)["error"] == "in_use"
    server.call("DELETE", f"/executions/{execution}")
    server.wait(execution)
    server.call("DELETE", "/frameworks/boxed/environment")
    assert environments(server) == []
    assert list((server.data_dir / "environments" / ".derived").iterdir()) == []
    assert deployed(server, agent)["status"] == "IDLE"


def test_a_server_that_is_killed_meanwhile_says_so_at_the_agent(server: ServerUnderTest, boxed: Boxed) -> None:
    agent = boxed_agent(server, packages=["leaf"])
    boxed.gate.touch()
    server.call("POST", f"/agents/{agent}/deploy", 202)
    wait_until(lambda: list((server.data_dir / "environments" / ".building").glob("*/scratch/process.json")))
    server.kill()
    server.start()
    now = shown(server, agent)
    assert now["status"] == "ERROR"
    assert now["statusReason"] == "The server ended while Boxed with leaf was being installed. Install it again."
    boxed.gate.unlink()
    assert deployed(server, agent)["status"] == "IDLE"


def test_an_execution_waits_for_its_packages_if_the_settings_say_so(boxed: Boxed, tmp_path: Path) -> None:
    with running_server(tmp_path, build_on_start="true") as server:
        agent = boxed_agent(server, packages=["leaf"])
        boxed.gate.touch()
        execution = server.start_run(agent)
        assert shown(server, agent)["status"] == "DEPLOYING"
        other = {"agentId": agent, "configuration": {"packages": []}}
        assert server.call("POST", "/executions", 409, json=other)["error"] == "not_installed"
        assert server.execution(execution)["status"] == "PENDING"
        boxed.gate.unlink()
        assert server.wait(execution)["status"] == "COMPLETED"
