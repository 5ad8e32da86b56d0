"""Schedules while servers are killed, away, or two at once."""

import itertools
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from servers import ServerUnderTest


def make(server: ServerUnderTest, **more: Any) -> str:
    body = {"agentId": server.agent("echo"), "name": "often", "intervalSeconds": 1, **more}
    return server.call("POST", "/schedules", 201, json=body)["id"]


def ticks(server: ServerUnderTest, schedule: str) -> list[dict[str, Any]]:
    return server.call("GET", f"/schedules/{schedule}/ticks", params={"limit": 100})["ticks"][::-1]


def settled(server: ServerUnderTest, schedule: str, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 40
    while len(found := ticks(server, schedule)) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def set_back(server: ServerUnderTest, schedule: str, seconds: float) -> None:
    """As if the server had been away: the schedule's next tick is the one of that long ago."""
    with sqlite3.connect(server.data_dir / "orchestra.db") as connection:
        [(anchor,)] = connection.execute("SELECT timing ->> 'starts_at' FROM schedules WHERE id = ?", [schedule])
        due = datetime.fromisoformat(anchor) - timedelta(seconds=seconds)
        connection.execute(
            "UPDATE schedules SET next_due_at = ?, timing = json_set(timing, '$.starts_at', ?) WHERE id = ?",
            [due.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"), due.isoformat(), schedule],
        )


def test_no_tick_is_lost_or_doubled_when_the_server_is_killed_again_and_again(own_server: ServerUnderTest) -> None:
    schedule = make(own_server, overlap="queue")
    for _ in range(4):
        time.sleep(1.3)
        own_server.kill()
        own_server.start()
    found = settled(own_server, schedule, 6)
    own_server.call("POST", f"/schedules/{schedule}/pause")
    due = [datetime.fromisoformat(tick["dueAt"]) for tick in found]
    assert {later - earlier for earlier, later in itertools.pairwise(due)} == {timedelta(seconds=1)}
    started = [tick["executionId"] for tick in found if tick["outcome"] == "started"]
    assert len(set(started)) == len(started)
    for execution in started:
        assert own_server.wait(execution)["trigger"] == "scheduled"


def test_ticks_missed_while_no_server_was_there_follow_the_policy(own_server: ServerUnderTest) -> None:
    policies = {policy: make(own_server, intervalSeconds=100, missed=policy) for policy in ("skip", "run_once")}
    policies["run_all"] = make(own_server, intervalSeconds=100, missed="run_all", missedLimit=3, overlap="queue")
    own_server.stop()
    for schedule in policies.values():
        set_back(own_server, schedule, 980)
    own_server.start()
    outcomes = {
        policy: [tick["outcome"] for tick in settled(own_server, schedule, 10)] for policy, schedule in policies.items()
    }
    assert outcomes["skip"] == ["missed"] * 10
    assert outcomes["run_once"] == ["missed"] * 9 + ["started"]
    assert outcomes["run_all"][:7] == ["missed"] * 7
    assert set(outcomes["run_all"][7:]) <= {"started", "queued"}
    assert "No server was there" in ticks(own_server, policies["skip"])[0]["reason"]
