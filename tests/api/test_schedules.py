"""Schedules over REST: what they start, what they leave, and what people may ask of them."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from people import client_as
from servers import ServerUnderTest


def make(server: ServerUnderTest, agent: str | None = None, **more: Any) -> dict[str, Any]:
    body = {"agentId": agent or server.agent("echo"), "name": "nightly", **more}
    if not {"cron", "intervalSeconds", "at"} & set(more):
        body["cron"] = "@daily"
    return server.call("POST", "/schedules", 201, json=body)


def ticks(server: ServerUnderTest, schedule: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return server.call("GET", f"/schedules/{schedule}/ticks", params={"limit": 100})["ticks"][::-1]


def wait_for_ticks(server: ServerUnderTest, schedule: str, count: int, *outcomes: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 30
    while True:
        found = [one for one in ticks(server, schedule) if not outcomes or one["outcome"] in outcomes]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{ticks(server, schedule)}\n{server.output()[-2000:]}"
        time.sleep(0.05)


def test_a_schedule_reads_back_as_it_was_sent_with_its_next_tick(server: ServerUnderTest) -> None:
    sent = {"cron": "30 9 * * 1-5", "timezone": "Europe/Berlin", "overlap": "queue", "missed": "run_all"}
    made = make(server, **sent, missedLimit=3, jitterSeconds=5, input={"a": 1}, endsAt="2090-01-01T00:00")
    assert {name: made[name] for name in sent} == sent
    assert (made["missedLimit"], made["jitterSeconds"], made["input"]) == (3, 5, {"a": 1})
    assert made["endsAt"] == "2090-01-01T00:00:00+01:00"
    assert made["reading"] == "At 09:30 on Monday through Friday"
    assert datetime.fromisoformat(made["nextDueAt"]) > datetime.now(UTC)
    assert server.call("GET", f"/schedules/{made['id']}") == made
    assert made in server.call("GET", "/schedules", params={"agentId": made["agent"]["id"]})["schedules"]


def test_each_tick_of_an_interval_gives_one_scheduled_execution(server: ServerUnderTest) -> None:
    schedule = make(server, intervalSeconds=1, input={"n": 7})
    settled = wait_for_ticks(server, schedule["id"], 3, "started")
    server.call("POST", f"/schedules/{schedule['id']}/pause")
    runs = server.call("GET", "/executions", params={"scheduleId": schedule["id"]})["executions"]
    assert {run["trigger"] for run in runs} == {"scheduled"} and runs[0]["input"] == {"n": 7}
    started = [tick["executionId"] for tick in ticks(server, schedule["id"]) if tick["outcome"] == "started"]
    assert sorted(started) == sorted(run["id"] for run in runs)
    due = [datetime.fromisoformat(tick["dueAt"]) for tick in settled]
    assert {later - earlier for earlier, later in itertools.pairwise(due)} == {timedelta(seconds=1)}


def test_one_time_fires_once_and_has_no_next_tick(server: ServerUnderTest) -> None:
    at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    schedule = make(server, at=at)
    [tick] = wait_for_ticks(server, schedule["id"], 1)
    assert tick["outcome"] == "started"
    assert "nextDueAt" not in server.call("GET", f"/schedules/{schedule['id']}")


def test_a_tick_while_the_execution_before_runs_is_skipped_with_its_reason(server: ServerUnderTest) -> None:
    schedule = make(server, server.agent("sleep", seconds=60), intervalSeconds=1)
    found = wait_for_ticks(server, schedule["id"], 2)
    server.call("POST", f"/schedules/{schedule['id']}/pause")
    server.call("DELETE", f"/executions/{found[0]['executionId']}")
    assert (found[0]["outcome"], found[1]["outcome"]) == ("started", "skipped")
    assert found[0]["executionId"] in found[1]["reason"]


def test_a_queued_tick_starts_when_the_execution_before_it_has_ended(server: ServerUnderTest) -> None:
    schedule = make(server, server.agent("sleep", seconds=60), intervalSeconds=1, overlap="queue")
    wait_for_ticks(server, schedule["id"], 1, "queued")
    server.call("POST", f"/schedules/{schedule['id']}/pause")
    running = server.call("GET", "/executions", params={"scheduleId": schedule["id"]})["executions"][0]
    server.call("DELETE", f"/executions/{running['id']}")
    server.wait(running["id"])
    second = wait_for_ticks(server, schedule["id"], 2, "started")
    assert second[1]["executionId"] != second[0]["executionId"]
    server.call("DELETE", f"/schedules/{schedule['id']}")
    for run in server.call("GET", "/executions", params={"scheduleId": schedule["id"]})["executions"]:
        server.http.delete(f"/api/executions/{run['id']}")


def test_a_tick_may_cancel_the_execution_before_it(server: ServerUnderTest) -> None:
    schedule = make(server, server.agent("sleep", seconds=60), intervalSeconds=2, overlap="cancel_running")
    first, second = wait_for_ticks(server, schedule["id"], 2, "started")[:2]
    server.call("POST", f"/schedules/{schedule['id']}/pause")
    assert server.wait(first["executionId"])["status"] == "CANCELLED"
    server.http.delete(f"/api/executions/{second['executionId']}")


def test_ticks_of_a_paused_or_stopped_agent_are_skipped(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    server.call("POST", f"/agents/{agent}/pause")
    schedule = make(server, agent, intervalSeconds=1)
    [tick] = wait_for_ticks(server, schedule["id"], 1)[:1]
    assert (tick["outcome"], tick["reason"]) == ("skipped", "'probe echo' is paused.")
    server.call("POST", f"/agents/{agent}/resume")
    wait_for_ticks(server, schedule["id"], 1, "started")
    server.call("DELETE", f"/schedules/{schedule['id']}")


def test_a_tick_that_cannot_start_says_why(server: ServerUnderTest) -> None:
    agent = server.call("POST", "/agents", 201, json={"name": "draft", "framework": "miniagi"})["id"]
    schedule = make(server, agent, intervalSeconds=1)
    [tick] = wait_for_ticks(server, schedule["id"], 1)[:1]
    server.call("DELETE", f"/schedules/{schedule['id']}")
    assert tick["outcome"] == "refused" and "required" in tick["reason"]


def test_pausing_and_resuming_counts_from_now_on(server: ServerUnderTest) -> None:
    schedule = make(server, cron="* * * * *")
    paused = server.call("POST", f"/schedules/{schedule['id']}/pause")
    assert paused["isPaused"] and "nextDueAt" not in paused
    resumed = server.call("POST", f"/schedules/{schedule['id']}/resume")
    assert not resumed["isPaused"] and datetime.fromisoformat(resumed["nextDueAt"]) > datetime.now(UTC)


def test_a_change_of_timing_takes_effect_at_once(server: ServerUnderTest) -> None:
    schedule = make(server, cron="@yearly")
    changed = server.call("PUT", f"/schedules/{schedule['id']}", json={"intervalSeconds": 1, "name": "often"})
    assert changed["name"] == "often" and "cron" not in changed
    wait_for_ticks(server, schedule["id"], 1, "started")
    server.call("PUT", f"/schedules/{schedule['id']}", json={"cron": "@yearly", "timezone": "Asia/Tokyo"})
    now = server.call("GET", f"/schedules/{schedule['id']}")
    assert (now["cron"], now["timezone"]) == ("@yearly", "Asia/Tokyo") and "intervalSeconds" not in now


def test_running_now_uses_up_no_tick(server: ServerUnderTest) -> None:
    schedule = make(server, input={"n": 1})
    started = server.call("POST", f"/schedules/{schedule['id']}/run", 201)["executionId"]
    run = server.wait(started)
    assert (run["trigger"], run["scheduleId"], run["input"]) == ("manual", schedule["id"], {"n": 1})
    assert ticks(server, schedule["id"]) == []


def test_a_preview_tells_the_next_ten_ticks_in_the_zone_of_the_schedule(server: ServerUnderTest) -> None:
    asked = {"cron": "0 12 * * *", "timezone": "Asia/Tokyo"}
    told = server.call("POST", "/schedules/preview", json=asked)
    assert len(told["ticks"]) == 10
    assert all(tick.endswith("T12:00:00+09:00") for tick in told["ticks"])
    schedule = make(server, **asked)
    assert server.call("GET", f"/schedules/{schedule['id']}/preview", params={"count": 10}) == told


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"cron": "every day"}, "/cron"),
        ({"cron": "@daily", "at": "2090-01-01T00:00:00Z"}, ""),
        ({"cron": "@daily", "timezone": "Mars"}, "/timezone"),
        ({"intervalSeconds": 0}, "/intervalSeconds"),
        ({"at": "2001-01-01T00:00:00Z"}, "/at"),
        ({"cron": "@daily", "configuration": {"do": 1}}, "/configuration/do"),
        ({"cron": "@daily", "overlap": "maybe"}, "/overlap"),
        ({"cron": "@daily", "missedLimit": 0}, "/missedLimit"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_its_place(
    server: ServerUnderTest, body: dict[str, Any], pointer: str
) -> None:
    refused = server.call("POST", "/schedules", 400, json={"agentId": server.agent(), "name": "x", **body})
    assert refused["details"]["faults"][0]["pointer"] == pointer


def test_deleting_the_agent_deletes_its_schedules(server: ServerUnderTest) -> None:
    schedule = make(server)
    server.call("DELETE", f"/agents/{schedule['agent']['id']}")
    assert server.call("GET", f"/schedules/{schedule['id']}", 404)["error"] == "not_found"


def test_nobody_schedules_the_agents_of_others(server: ServerUnderTest) -> None:
    schedule = make(server)
    with client_as(server, "member") as member:
        assert member.get(f"/schedules/{schedule['id']}").status_code == 404
        assert member.delete(f"/schedules/{schedule['id']}").status_code == 404
        body = {"agentId": schedule["agent"]["id"], "name": "mine", "cron": "@daily"}
        assert member.post("/schedules", json=body).status_code == 404
        assert member.get("/schedules").json()["schedules"] == []
