"""Frameworks that are installed over REST, and agents that wait for them; every build and every run is real."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from boxed import Boxed, boxed_agent
from people import a_key, client_as
from servers import ServerUnderTest, running_server


@pytest.fixture
def boxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxed:
    made = Boxed(tmp_path)
    made.use(monkeypatch)
    return made


@pytest.fixture
def server(boxed: Boxed, tmp_path: Path) -> Iterator[ServerUnderTest]:
    with running_server(tmp_path) as running:
        yield running


def follow(server: ServerUnderTest, key: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Each event of the stream of an install, to its end."""
    events: list[tuple[str, dict[str, Any]]] = []
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with server.http.stream("GET", "/api/frameworks/boxed/progress", headers=headers) as stream:
        kind = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                events.append((kind, json.loads(line[6:])))
    return events


def install(server: ServerUnderTest) -> dict[str, Any]:
    server.call("POST", "/frameworks/boxed/install", 202)
    return follow(server)[-1][1]


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def environments(server: ServerUnderTest) -> list[str]:
    root = server.data_dir / "environments"
    return sorted(path.name for path in root.iterdir() if not path.name.startswith(".")) if root.exists() else []


def half_built(server: ServerUnderTest) -> list[Path]:
    building = server.data_dir / "environments" / ".building"
    return list(building.iterdir()) if building.exists() else []


def agent_now(server: ServerUnderTest, agent: str) -> tuple[str, str | None]:
    shown = server.call("GET", f"/agents/{agent}")
    listed = server.call("GET", "/agents", params={"status": shown["status"], "limit": 100})["agents"]
    assert agent in [one["id"] for one in listed]
    return shown["status"], shown.get("statusReason")


def test_an_agent_waits_for_its_framework_and_runs_in_its_environment(server: ServerUnderTest, boxed: Boxed) -> None:
    agent = boxed_agent(server)
    assert server.call("GET", "/frameworks/boxed")["state"] == "not_installed"
    refused = server.call("POST", "/executions", 409, json={"agentId": agent})
    assert refused["error"] == "not_installed"
    assert "orchestra frameworks install boxed" in refused["message"]
    boxed.gate.touch()
    assert server.call("POST", f"/agents/{agent}/deploy", 202)["status"] == "DEPLOYING"
    assert agent_now(server, agent) == ("DEPLOYING", None)
    assert server.call("POST", "/executions", 409, json={"agentId": agent})["error"] == "not_installed"
    boxed.gate.unlink()
    events = follow(server)
    assert (events[-1][0], events[-1][1]["state"]) == ("end", "ready")
    assert agent_now(server, agent) == ("IDLE", None)
    ended = server.wait(server.start_run(agent))
    assert ended["output"]["answer"] == "1.0"
    assert str(server.data_dir) in ended["output"]["prefix"]


def test_progress_is_told_by_package_and_sizes_before_and_after(server: ServerUnderTest, boxed: Boxed) -> None:
    before = server.call("GET", "/frameworks/boxed")
    assert (before["expectedBytes"], before["needsEnvironment"]) == (123, True)
    assert before["pythonFound"]
    boxed.gate.touch()
    server.call("POST", "/frameworks/boxed/install", 202)
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(follow, server)
        until(lambda: server.call("GET", "/frameworks/boxed").get("progress", {}).get("phase") == "check", "no check")
        boxed.gate.unlink()
        events = following.result(30)
    assert {kind for kind, _ in events[:-1]} == {"progress"}
    assert all(event["state"] == "building" for _, event in events[:-1])
    after = events[-1][1]
    assert after["environment"]["packages"] == 1
    assert after["environment"]["sizeBytes"] > 0
    assert server.call("GET", "/frameworks")["disk"]["totalBytes"] >= after["environment"]["sizeBytes"]
    assert "boxpkg==1.0" in server.call("GET", "/frameworks/boxed/log")["log"]


def test_whoever_asks_meanwhile_joins_the_same_build(server: ServerUnderTest, boxed: Boxed) -> None:
    boxed.gate.touch()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(server.call, "POST", "/frameworks/boxed/install", 202) for _ in range(8)]
        assert {one.result()["state"] for one in asked} == {"building"}
        until(lambda: half_built(server), "nothing is built")
        assert len(half_built(server)) == 1
        streams = [threads.submit(follow, server) for _ in range(3)]
        boxed.gate.unlink()
        assert {stream.result(30)[-1][1]["state"] for stream in streams} == {"ready"}
    assert len(environments(server)) == 1
    inode = (server.data_dir / "environments" / environments(server)[0]).stat().st_ino
    assert install(server)["state"] == "ready"  # again: nothing is done
    assert (server.data_dir / "environments" / environments(server)[0]).stat().st_ino == inode


def test_a_failed_install_shows_at_agents_with_its_reason_also_after_a_restart(
    server: ServerUnderTest, boxed: Boxed
) -> None:
    agent = boxed_agent(server)
    (boxed.links / "boxpkg-1.0-py3-none-any.whl").unlink()
    ended = install(server)
    assert ended["state"] == "failed"
    assert "cannot be found together" in ended["message"]
    assert agent_now(server, agent) == ("ERROR", ended["message"])
    server.stop()
    server.start()
    assert agent_now(server, agent) == ("ERROR", ended["message"])
    assert server.call("GET", "/frameworks/boxed")["message"] == ended["message"]
    boxed.release("1.0")
    assert install(server)["state"] == "ready"
    assert agent_now(server, agent) == ("IDLE", None)


def test_the_stream_of_an_install_ends_with_its_key(server: ServerUnderTest, boxed: Boxed) -> None:
    key = a_key(server)
    boxed.gate.touch()
    server.call("POST", "/frameworks/boxed/install", 202)
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(follow, server, key["key"])
        until(lambda: server.call("GET", "/frameworks/boxed").get("progress", {}).get("phase") == "check", "no check")
        server.call("DELETE", f"/keys/{key['id']}")
        try:
            kind, told = following.result(5)[-1]
        finally:
            boxed.gate.unlink()
    assert (kind, told["reason"]) == ("closed", "revoked")


def test_a_cancelled_install_leaves_nothing(server: ServerUnderTest, boxed: Boxed) -> None:
    agent = boxed_agent(server)
    boxed.gate.touch()
    server.call("POST", "/frameworks/boxed/install", 202)
    until(lambda: half_built(server), "nothing is built")
    server.call("POST", "/frameworks/boxed/cancel")
    assert follow(server)[-1][1]["state"] == "not_installed"
    assert (environments(server), half_built(server)) == ([], [])
    assert agent_now(server, agent) == ("IDLE", None)


def test_a_server_that_is_killed_meanwhile_leaves_nothing_that_looks_ready(
    server: ServerUnderTest, boxed: Boxed
) -> None:
    agent = boxed_agent(server)
    boxed.gate.touch()
    server.call("POST", f"/agents/{agent}/deploy", 202)
    until(lambda: half_built(server), "nothing is built")
    until(lambda: list(half_built(server)[0].glob("scratch/process.json")), "no check")
    orphan = json.loads((half_built(server)[0] / "scratch" / "process.json").read_text())["pid"]
    server.kill()
    os.kill(orphan, 0)
    assert environments(server) == []
    server.start()
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)
    assert half_built(server) == []
    status, reason = agent_now(server, agent)
    assert status == "ERROR"
    assert reason == "The server ended while Boxed was being installed. Install it again."
    boxed.gate.unlink()
    assert install(server)["state"] == "ready"
    assert server.wait(server.start_run(agent))["output"]["answer"] == "1.0"


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "boxed.%2F..%2F..", "boxed.000000000000", "%2e%2e", "x" * 500])
def test_a_name_that_is_none_is_refused_and_nothing_changes(server: ServerUnderTest, name: str) -> None:
    install(server)
    before = environments(server)
    for method, path in (("POST", "install"), ("POST", "repair"), ("DELETE", "environment"), ("GET", "log")):
        refused = server.http.request(method, f"/api/frameworks/{name}/{path}")
        assert (refused.status_code, refused.json()["error"]) == (404, "not_found"), path
    assert environments(server) == before


def test_nothing_is_removed_that_an_execution_needs(server: ServerUnderTest) -> None:
    agent = boxed_agent(server, seconds=600)
    install(server)
    execution = server.start_run(agent)
    server.wait_for_log(execution, "boxed runs")
    refused = server.call("DELETE", "/frameworks/boxed/environment", 409)
    assert refused["error"] == "in_use"
    assert "1 execution needs it" in refused["message"]
    server.call("DELETE", f"/executions/{execution}")
    server.wait(execution)
    assert list((server.data_dir / "environments" / ".cache").rglob("boxpkg.py"))
    total = server.call("GET", "/frameworks")["disk"]["totalBytes"]
    server.call("DELETE", "/frameworks/boxed/environment")
    assert environments(server) == []
    after = server.call("GET", "/frameworks")
    assert after["disk"]["totalBytes"] < total
    assert list((server.data_dir / "environments").rglob("boxpkg.py")) == []  # nor does the cache keep it
    assert server.call("GET", "/frameworks/boxed")["state"] == "not_installed"


def test_with_the_setting_a_start_waits_for_the_install(boxed: Boxed, tmp_path: Path) -> None:
    with running_server(tmp_path / "eager", build_on_start="true") as server:
        boxed.gate.touch()
        execution = server.start_run(boxed_agent(server))
        until(lambda: half_built(server), "nothing is built")
        other = server.run("echo")  # nobody else waits
        assert other["status"] == "COMPLETED"
        assert server.execution(execution)["status"] == "PENDING"
        boxed.gate.unlink()
        assert server.wait(execution)["output"]["answer"] == "1.0"


def test_with_the_setting_a_start_whose_install_fails_ends_with_a_sentence(boxed: Boxed, tmp_path: Path) -> None:
    (boxed.links / "boxpkg-1.0-py3-none-any.whl").unlink()
    with running_server(tmp_path / "eager", build_on_start="true") as server:
        ended = server.wait(server.start_run(boxed_agent(server)))
        assert (ended["status"], ended["failure"]) == ("FAILED", "environment")
        assert "Boxed is not installed" in ended["reason"]


def test_agents_run_on_the_old_environment_until_the_new_one_is_there(server: ServerUnderTest, boxed: Boxed) -> None:
    agent = boxed_agent(server, seconds=0)
    install(server)
    boxed.release("2.0")
    server.stop()
    server.start()
    shown = server.call("GET", "/frameworks/boxed")
    assert shown["state"] == "outdated"
    long = server.start_run(agent, configuration={"seconds": 600})
    server.wait_for_log(long, "boxed runs")
    boxed.gate.touch()
    server.call("POST", "/frameworks/boxed/install", 202)
    until(lambda: half_built(server), "nothing is built")
    boxed.gate.unlink()
    assert follow(server)[-1][1]["state"] == "ready"
    assert server.wait(server.start_run(agent))["output"]["answer"] == "2.0"
    assert len(environments(server)) == 2  # something still runs on the old one
    server.call("DELETE", f"/executions/{long}")
    server.wait(long)
    until(lambda: len(environments(server)) == 1, "the old one was not removed")


def test_an_agent_is_idle_while_its_older_environment_serves(server: ServerUnderTest, boxed: Boxed) -> None:
    agent = boxed_agent(server)
    install(server)
    boxed.release("2.0")
    boxed.gate.touch()
    server.call("POST", "/frameworks/boxed/install", 202)
    assert agent_now(server, agent) == ("IDLE", None)
    server.call("POST", "/frameworks/boxed/cancel")


def test_unused_is_what_no_agent_needs(server: ServerUnderTest) -> None:
    agent = boxed_agent(server)
    install(server)
    assert server.call("DELETE", "/frameworks/unused")["removed"] == []
    server.call("DELETE", f"/agents/{agent}")
    removed = server.call("DELETE", "/frameworks/unused")
    assert len(removed["removed"]) == 1
    assert environments(server) == []


def test_the_doctor_finds_what_is_broken_and_a_repair_mends_it(server: ServerUnderTest) -> None:
    install(server)
    assert server.call("GET", "/frameworks/doctor")["healthy"] is True
    root = server.data_dir / "environments" / environments(server)[0]
    module = next(root.rglob("boxpkg.py"))
    module.unlink()
    shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)
    found = server.call("GET", "/frameworks/doctor")
    assert found["healthy"] is False
    assert "orchestra frameworks repair boxed" in found["environments"][0]["problems"][0]
    server.call("POST", "/frameworks/boxed/repair", 202)
    assert follow(server)[-1][1]["state"] == "ready"
    assert server.call("GET", "/frameworks/doctor")["healthy"] is True


def test_an_environment_whose_python_is_gone_is_said_to_be_broken_and_deploying_mends_it(
    server: ServerUnderTest,
) -> None:
    agent = boxed_agent(server)
    install(server)
    python = server.data_dir / "environments" / environments(server)[0] / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert server.call("GET", "/frameworks/boxed")["state"] == "broken"
    refused = server.call("POST", "/executions", 409, json={"agentId": agent})
    assert "orchestra frameworks repair boxed" in refused["message"]
    server.call("POST", f"/agents/{agent}/deploy", 202)
    assert follow(server)[-1][1]["state"] == "ready"
    assert server.wait(server.start_run(agent))["output"]["answer"] == "1.0"


def test_a_member_may_not_install_and_is_told_who_may(server: ServerUnderTest) -> None:
    with client_as(server, "member") as member:
        made = member.post("/agents", json={"name": "m", "framework": "boxed", "configuration": {}}).json()["id"]
        refused = member.post(f"/agents/{made}/deploy")
        assert refused.status_code == 403
        assert "Ask one of them" in refused.json()["message"]
        install(server)
        assert member.post(f"/agents/{made}/deploy").json()["status"] == "IDLE"


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "unknown", "%00", "probe%2F..", "a" * 300])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "install"), ("POST", "repair"), ("POST", "cancel"), ("DELETE", "environment"), ("GET", "log")],
)
def test_a_name_that_is_none_leads_nowhere(shared: ServerUnderTest, name: str, method: str, path: str) -> None:
    answer = shared.http.request(method, f"/api/frameworks/{name}/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    with running_server(tmp_path_factory.mktemp("shared")) as running:
        yield running
