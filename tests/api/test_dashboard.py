"""The dashboard tells what happened, and what is under way."""

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from people import client_as
from servers import ServerUnderTest


def shown(server: ServerUnderTest, timeframe: str = "24h") -> dict[str, Any]:
    return server.call("GET", "/dashboard/metrics", params={"timeframe": timeframe})


@pytest.mark.parametrize(("timeframe", "buckets", "hours"), [("24h", 24, 1), ("7d", 7, 24), ("30d", 30, 24)])
def test_every_bucket_is_there_also_the_empty_ones(
    server: ServerUnderTest, timeframe: str, buckets: int, hours: int
) -> None:
    trends = shown(server, timeframe)["charts"]["executionTrends"]
    begins = [datetime.fromisoformat(one["bucket"]) for one in trends]
    assert len(begins) == buckets
    assert all(later - earlier == timedelta(hours=hours) for earlier, later in itertools.pairwise(begins))


def test_the_numbers_are_those_of_the_executions(own_server: ServerUnderTest) -> None:
    empty = shown(own_server)
    assert empty["overview"]["executions"] == {"value": 0, "change": 0, "trend": "up"}
    assert "successRate" not in empty["charts"]["performance"]
    ended = [own_server.run("echo") for _ in range(3)] + [own_server.run("crash")]
    asleep = own_server.start_run(own_server.agent("sleep", seconds=60))
    own_server.wait(asleep, {"RUNNING"})
    saved = {"name": "c", "framework": "probe", "configuration": {"do": "echo"}}
    own_server.call("POST", "/configurations", 201, json=saved)
    now = shown(own_server)
    assert now["overview"] == {
        "activeAgents": {"value": 5, "change": 100, "trend": "up"},
        "frameworks": {"value": 1, "change": 1},
        "executions": {"value": 5, "change": 100, "trend": "up"},
        "savedConfigs": {"value": 1, "change": 1},
    }
    last = now["charts"]["executionTrends"][-1]
    assert {name: last[name] for name in ("total", "completed", "failed", "running", "timeout")} == {
        "total": 5,
        "completed": 3,
        "failed": 1,
        "running": 1,
        "timeout": 0,
    } or now["charts"]["executionTrends"][-2]["total"] > 0  # the hour turned meanwhile
    assert now["charts"]["frameworkDistribution"] == [{"framework": "probe", "executions": 5, "percentage": 100}]
    performance = now["charts"]["performance"]
    assert (performance["executions"], performance["successRate"]) == (4, 75)
    durations = sorted(one["duration"] for one in ended)
    assert durations[0] <= performance["p50Duration"] <= performance["p95Duration"] <= durations[-1]
    assert performance["byFramework"][0]["framework"] == "probe"
    assert now["recentActivity"][0]["id"] == asleep
    own_server.call("DELETE", f"/agents/{ended[0]['agent']['id']}")
    assert shown(own_server)["overview"]["executions"]["value"] == 4


def test_members_see_the_numbers_of_what_is_theirs(server: ServerUnderTest) -> None:
    server.run("echo")
    with client_as(server, "member") as member:
        metrics = member.get("/dashboard/metrics").json()
        assert metrics["overview"]["executions"]["value"] == 0
        assert metrics["recentActivity"] == []


def test_an_unknown_timeframe_is_refused(server: ServerUnderTest) -> None:
    assert server.call("GET", "/dashboard/metrics", 400, params={"timeframe": "1y"})["error"] == "bad_request"


def test_real_time_sends_a_snapshot_at_once_then_changes_then_a_new_snapshot(server: ServerUnderTest) -> None:
    seen: list[tuple[str, dict[str, Any]]] = []
    run = ""
    with server.http.stream("GET", "/api/dashboard/real-time", params={"timeframe": "24h"}) as stream:
        kind = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if not line.startswith("data: "):
                continue
            seen.append((kind, json.loads(line.removeprefix("data: "))))
            if len(seen) == 1:
                run = server.start_run(server.agent("echo"))
            if kind == "snapshot" and any(one["id"] == run for one in seen[-1][1]["recentActivity"]):
                break
    assert seen[0][0] == "snapshot"
    statuses = [facts["status"] for name, facts in seen if name == "execution" and facts["id"] == run]
    assert statuses[0] == "PENDING"
    assert seen[-1][1]["overview"]["executions"]["value"] >= seen[0][1]["overview"]["executions"]["value"] + 1
