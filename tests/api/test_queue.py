"""The queue over REST: limits, priorities, positions, pause."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest, running_server


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server with two slots."""
    with running_server(tmp_path_factory.mktemp("narrow"), slots="2", framework_slots='{"miniagi": 1}') as server:
        yield server


@contextmanager
def paused(server: ServerUnderTest) -> Iterator[None]:
    assert server.call("POST", "/queue/pause")["isPaused"]
    try:
        yield
    finally:
        assert not server.call("POST", "/queue/resume")["isPaused"]


def position(server: ServerUnderTest, execution: str) -> Any:
    return server.execution(execution).get("queuePosition")


def test_a_paused_queue_starts_nothing_also_after_a_restart(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("count", count=1)
    own_server.call("POST", "/queue/pause")
    execution = own_server.start_run(agent)
    own_server.stop()
    own_server.start()
    state = own_server.call("GET", "/queue")
    assert (state["isPaused"], state["waiting"], state["running"]) == (True, 1, 0)
    assert state["pausedBy"]
    time.sleep(1.2)
    assert own_server.execution(execution)["status"] == "PENDING"
    own_server.call("POST", "/queue/resume")
    assert own_server.wait(execution)["status"] == "COMPLETED"


def test_what_waits_in_a_paused_queue_can_be_cancelled(narrow: ServerUnderTest) -> None:
    with paused(narrow):
        execution = narrow.start_run(narrow.agent("count", count=1))
        narrow.call("DELETE", f"/executions/{execution}")
        assert narrow.wait(execution)["status"] == "CANCELLED"


def test_priority_decides_who_starts_and_the_position_says_so(narrow: ServerUnderTest) -> None:
    agent = narrow.agent("count", count=1)
    with paused(narrow):
        low, normal = narrow.start_run(agent, priority="low"), narrow.start_run(agent)
        high = narrow.start_run(agent, priority=60)
        assert [position(narrow, one) for one in (high, normal, low)] == [1, 2, 3]
        assert [narrow.execution(one)["priority"] for one in (high, normal, low)] == [60, 0, -50]
    ended = [narrow.wait(one) for one in (high, normal, low)]
    assert ended[0]["startedAt"] <= ended[1]["startedAt"] <= ended[2]["startedAt"]
    assert "queuePosition" not in ended[0]


@pytest.mark.parametrize("priority", [101, -101, "urgent", 1.5, None, True])
def test_a_priority_that_is_none_is_refused(narrow: ServerUnderTest, priority: Any) -> None:
    body = {"agentId": narrow.agent(), "priority": priority}
    faults = narrow.call("POST", "/executions", 400, json=body)["details"]["faults"]
    assert faults[0]["pointer"].startswith("/priority")


def test_an_agents_own_limit_leaves_slots_to_others(narrow: ServerUnderTest) -> None:
    first = narrow.agent("sleep", {"maxConcurrent": 1}, seconds=600)
    running, waiting = narrow.start_run(first), narrow.start_run(first)
    narrow.wait(running, {"RUNNING"})
    assert narrow.run("count", count=1)["status"] == "COMPLETED"
    assert narrow.execution(waiting)["status"] == "PENDING"
    narrow.call("DELETE", f"/executions/{running}")
    narrow.wait(waiting, {"RUNNING"})
    narrow.call("DELETE", f"/executions/{waiting}")
    narrow.wait(waiting)


def test_a_schedule_gives_its_priority_to_its_executions(narrow: ServerUnderTest) -> None:
    body = {"agentId": narrow.agent(), "name": "urgent", "cron": "0 0 1 1 *", "priority": "high"}
    schedule = narrow.call("POST", "/schedules", 201, json=body)
    assert schedule["priority"] == 50
    path = f"/schedules/{schedule['id']}"
    assert narrow.call("PUT", path, json={"priority": 7})["priority"] == 7
    execution = narrow.call("POST", path + "/run", 201)["executionId"]
    assert narrow.wait(execution)["priority"] == 7
    again = narrow.call("POST", f"/executions/{execution}/retry", 201)["executionId"]
    assert narrow.wait(again)["priority"] == 7


def test_the_queue_tells_its_limits(narrow: ServerUnderTest) -> None:
    state = narrow.call("GET", "/queue")
    assert (state["slots"], state["frameworkSlots"], state["isPaused"]) == (2, {"miniagi": 1}, False)


def test_only_owners_pause(narrow: ServerUnderTest) -> None:
    body = {"name": f"Member {time.time()}", "role": "member", "password": "correct horse battery"}
    narrow.call("POST", "/users", 201, json=body)
    signed_in = narrow.http.post("/api/sessions", json={"name": body["name"], "password": body["password"]})
    cookies = {"next-auth.session-token": signed_in.cookies["next-auth.session-token"]}
    plain = {"Authorization": "", "Origin": narrow.presence.url}
    import httpx2

    with httpx2.Client(base_url=narrow.presence.url, cookies=cookies, trust_env=False) as member:
        assert member.get("/api/queue").status_code == 200
        refused = member.post("/api/queue/pause", headers={"Origin": plain["Origin"]})
        assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")


def test_a_server_that_is_stopped_lets_runs_end(tmp_path: Path) -> None:
    with running_server(tmp_path, drain_seconds="20", slots="1") as server:
        agent = server.agent("chat", count=10, seconds=0.1)
        running, waiting = server.start_run(agent), server.start_run(agent)
        server.wait(running, {"RUNNING"})
        began = time.monotonic()
        server.process.terminate()
        assert server.ended() in {0, -signal.SIGTERM}
        assert time.monotonic() - began < 15
        server.start()
        ended = server.execution(running)
        assert (ended["status"], len(ended["output"]["answers"])) == ("COMPLETED", 10)
        assert None not in ended["output"]["answers"]  # the gateway was there to the end
        assert server.wait(waiting)["status"] == "COMPLETED"


def test_a_drain_hands_over_what_does_not_end_in_time(tmp_path: Path) -> None:
    with running_server(tmp_path, drain_seconds="0.5") as server:
        execution = server.start_run(server.agent("count", count=40))
        server.wait_for_log(execution, "line 3")
        assert server.stop() == 0
        server.start()
        assert server.wait(execution)["status"] == "COMPLETED"
        assert server.messages(execution) == [f"line {i}" for i in range(40)]
