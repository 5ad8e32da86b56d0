"""What fails is tried again as the policy says: visibly, one attempt at a time, to exactly one end."""

import random
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from servers import ServerUnderTest, processes_of

FAST = {"attempts": 3, "backoffSeconds": 0.05, "jitter": 0}


def retrying(server: ServerUnderTest, do: str = "fail_until", retries: dict[str, Any] = FAST, **more: Any) -> str:
    configuration = {"do": do, "retries": retries, **more}
    body = {"name": f"retrying {do}", "framework": "probe", "configuration": configuration}
    return server.call("POST", "/agents", 201, json=body)["id"]


def test_a_failed_attempt_is_followed_by_another_in_the_same_execution(server: ServerUnderTest) -> None:
    agent = retrying(server, count=2)
    execution = server.start_run(agent)
    events = server.events(execution)
    ended = server.execution(execution)
    assert (ended["status"], ended["attempt"], ended["output"]["attempt"]) == ("COMPLETED", 3, 3)
    assert [(one["number"], one.get("failure"), one["reason"]) for one in ended["attempts"]] == [
        (1, "model_unreachable", "Attempt 1 did not work."),
        (2, "model_unreachable", "Attempt 2 did not work."),
        (3, None, ended["reason"]),
    ]
    began = [one["startedAt"] for one in ended["attempts"]]
    assert ended["startedAt"] == began[0] < began[1] < began[2]
    statuses = [event.data["status"] for event in events if event.kind == "status"]
    assert statuses == ["RUNNING", "PENDING", "RUNNING", "PENDING", "RUNNING", "COMPLETED"]
    announced = [event for event in events if event.kind == "status" and event.data["status"] == "PENDING"]
    assert "Attempt 1 of 3 failed; attempt 2 begins in" in announced[0].message
    assert announced[0].data["nextAttemptAt"]
    positions = [tuple(map(int, event.id.split("-"))) for event in events]
    assert positions == sorted(set(positions))
    read = server.call("GET", f"/agents/{agent}")
    assert (read["totalExecutions"], read["successfulExecutions"], read["status"]) == (1, 1, "IDLE")
    assert read["avgExecutionTime"] == ended["duration"]


def test_the_last_attempt_ends_it(server: ServerUnderTest) -> None:
    ended = server.wait(server.start_run(retrying(server, count=9)))
    assert (ended["status"], ended["failure"], ended["attempt"]) == ("FAILED", "model_unreachable", 3)
    assert len(ended["attempts"]) == 3


@pytest.mark.parametrize("failure", ["configuration", "budget", "framework", "model_refused"])
def test_what_the_policy_does_not_name_is_not_tried_again(server: ServerUnderTest, failure: str) -> None:
    ended = server.wait(server.start_run(retrying(server, count=9, text=failure)))
    assert (ended["status"], ended["failure"], ended["attempt"]) == ("FAILED", failure, 1)


def test_a_killed_worker_is_named_with_its_signal_and_last_lines(server: ServerUnderTest) -> None:
    ended = server.wait(server.start_run(retrying(server, count=9, text="SIGSEGV")))
    assert (ended["failure"], ended["attempt"]) == ("worker_killed", 3)
    assert "signal 11 (SIGSEGV)" in ended["reason"]
    assert "about to die of SIGSEGV" in ended["reason"]


def test_each_attempt_has_the_whole_timeout(server: ServerUnderTest) -> None:
    retries = {**FAST, "attempts": 2, "failures": ["timeout"]}
    agent = retrying(server, "sleep", retries, seconds=600, limits={"timeoutSeconds": 0.6, "graceSeconds": 0})
    ended = server.wait(server.start_run(agent))
    assert (ended["status"], ended["attempt"], ended["attempts"][0]["failure"]) == ("TIMEOUT", 2, "timeout")
    assert ended["duration"] >= 1200


def test_a_model_that_refused_is_the_failures_class(server: ServerUnderTest) -> None:
    ended = server.run("unknown_model")
    assert (ended["status"], ended["failure"]) == ("FAILED", "model_refused")
    assert "There is no model 'no-such-model'" in ended["reason"]


def test_memory_that_ran_out_is_named(server: ServerUnderTest) -> None:
    ended = server.run("exhaust")
    assert (ended["failure"], "ran out of memory" in ended["reason"]) == ("worker_killed", True)


def test_while_it_waits_it_is_pending_and_a_cancel_ends_it_at_once(server: ServerUnderTest) -> None:
    agent = retrying(server, retries={"attempts": 3, "backoffSeconds": 300}, count=9)
    execution = server.start_run(agent)
    waiting = wait_for_retry(server, execution)
    assert waiting["attempts"][0]["reason"] == "Attempt 1 did not work."
    assert server.call("GET", f"/agents/{agent}")["status"] == "IDLE"
    server.call("DELETE", f"/executions/{execution}")
    ended = server.wait(execution, seconds=5)
    assert (ended["status"], ended["failure"]) == ("CANCELLED", "cancelled")
    assert "before its attempt 2" in ended["reason"]
    assert "nextAttemptAt" not in ended
    assert server.events(execution)[-1].data["status"] == "CANCELLED"


def test_only_the_final_end_is_told_to_webhooks(server: ServerUnderTest) -> None:
    body = {"url": "https://example.org/in", "events": ["execution.*"]}
    webhook = server.call("POST", "/webhooks", 201, json=body)["id"]
    execution = server.start_run(retrying(server, count=1))
    server.wait(execution)
    deliveries = server.call("GET", f"/webhooks/{webhook}/deliveries", params={"limit": 100})["deliveries"]
    server.call("DELETE", f"/webhooks/{webhook}")
    told = [one for one in deliveries if execution in one["payload"]]  # and not of what an earlier test left running
    assert sorted(one["event"] for one in told) == ["execution.completed", "execution.started"]


def test_a_wait_for_a_retry_survives_the_server(own_server: ServerUnderTest) -> None:
    agent = retrying(own_server, retries={"attempts": 3, "backoffSeconds": 1.5, "jitter": 0}, count=1)
    execution = own_server.start_run(agent)
    waiting = wait_for_retry(own_server, execution)
    own_server.kill()
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["attempt"]) == ("COMPLETED", 2)
    assert ended["attempts"][1]["startedAt"] >= waiting["nextAttemptAt"]


def test_a_crash_between_the_announcement_and_the_database_repeats_nothing(own_server: ServerUnderTest) -> None:
    agent = retrying(own_server, retries={"attempts": 2, "backoffSeconds": 1, "jitter": 0}, count=1)
    execution = own_server.start_run(agent)
    before = wait_for_retry(own_server, execution)
    own_server.kill()
    with closing(sqlite3.connect(own_server.data_dir / "orchestra.db")) as database, database:
        began = "SELECT started_at FROM attempts"
        database.execute(
            "UPDATE executions SET status = 'RUNNING', attempt = 1, next_attempt_at = NULL, process_pid = 999999, "
            f"process_started = 1, attempt_started_at = ({began})"
        )
        database.execute("DELETE FROM attempts")
        database.execute("UPDATE agents SET running_executions = 1")
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["output"]["attempt"]) == ("COMPLETED", 2)
    assert ended["attempts"][0]["reason"] == before["attempts"][0]["reason"]
    assert own_server.messages(execution) == ["attempt 1", "attempt 2"]


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_kill_9_at_any_moment_of_a_retry_leaves_one_attempt_after_the_other(
    own_server: ServerUnderTest, pause: float
) -> None:
    retries = {"attempts": 4, "backoffSeconds": 0.1, "factor": 1, "jitter": 0}
    agent = retrying(own_server, retries=retries, count=3, seconds=0.05)
    started = [own_server.start_run(agent) for _ in range(4)]
    for _ in range(2):
        time.sleep(0.3 + pause)
        own_server.kill()
        own_server.start()
    for execution in started:
        ended = own_server.wait(execution)
        assert (ended["status"], ended["attempt"], ended["output"]["attempt"]) == ("COMPLETED", 4, 4)
        assert own_server.messages(execution) == [f"attempt {n}" for n in (1, 2, 3, 4)]
        statuses = [event.data["status"] for event in own_server.events(execution) if event.kind == "status"]
        assert statuses == ["RUNNING", "PENDING"] * 3 + ["RUNNING", "COMPLETED"]
    read = own_server.call("GET", f"/agents/{agent}")
    assert (read["status"], read["successfulExecutions"]) == ("IDLE", 4)


def test_200_random_cancels_of_retrying_runs_end_in_one_state_each(own_server: ServerUnderTest) -> None:
    chance = random.Random(4)
    retries = {"attempts": 5, "backoffSeconds": 0.1, "factor": 1}
    agent = retrying(own_server, retries=retries, count=3, seconds=0.01)
    started = [own_server.start_run(agent) for _ in range(200)]
    waiting = list(started)
    chance.shuffle(waiting)
    for execution in waiting:
        time.sleep(chance.random() * 0.12)
        assert own_server.http.delete(f"/api/executions/{execution}").status_code in {200, 409}
    for execution in started:
        ended = own_server.wait(execution, seconds=60)
        finals = [
            event.data["status"]
            for event in own_server.events(execution)
            if event.kind == "status" and event.data["status"] not in {"PENDING", "RUNNING"}
        ]
        assert finals == [ended["status"]]
        assert processes_of(execution) == []
    read = own_server.call("GET", f"/agents/{agent}")
    assert (read["totalExecutions"], read["status"]) == (200, "IDLE")


def wait_for_retry(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while "nextAttemptAt" not in (read := server.execution(execution)):
        assert time.monotonic() < deadline, read
        time.sleep(0.02)
    assert read["status"] == "PENDING"
    return read
