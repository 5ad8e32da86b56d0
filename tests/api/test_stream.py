"""Streams of server-sent events."""

import json
from typing import Any

import pytest
from servers import ServerUnderTest


def read(server: ServerUnderTest, execution: str, last: str | None = None, stop: int | None = None) -> list[Any]:
    """(id, event, data) of each event, up to the end, or the first `stop` of them."""
    headers = {"Last-Event-ID": last} if last else {}
    events: list[Any] = []
    fields: dict[str, str] = {}
    with server.http.stream("GET", f"/api/executions/{execution}/stream", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                events.append((fields["id"], fields["event"], json.loads(fields["data"])))
                fields = {}
            if stop and len(events) == stop:
                break
    return events


def test_a_live_stream_tells_everything_in_order_and_closes(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("count", count=5))
    events = read(server, execution)
    assert [identifier for identifier, _, _ in events] == [f"1-{i}" for i in range(len(events))]
    assert [event for _, event, _ in events] == ["status", "begin", *["log"] * 5, "end", "status"]
    assert events[-1][2]["data"]["status"] == "COMPLETED"


def test_who_hears_of_the_end_finds_it_in_the_database(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("echo"))
    read(server, execution)
    assert server.execution(execution)["status"] == "COMPLETED"


def test_a_finished_execution_replays_and_closes(server: ServerUnderTest) -> None:
    execution = server.run("count", count=3, seconds=0)["id"]
    assert read(server, execution) == read(server, execution)


@pytest.mark.parametrize("broken_after", [1, 2, 4, 6])
def test_a_broken_stream_resumes_without_gap_or_repeat(server: ServerUnderTest, broken_after: int) -> None:
    execution = server.start_run(server.agent("count", count=5))
    first = read(server, execution, stop=broken_after)
    rest = read(server, execution, last=first[-1][0])
    assert [identifier for identifier, _, _ in first + rest] == [f"1-{i}" for i in range(9)]


def test_a_waiting_execution_streams_once_it_runs(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("count", count=1, seconds=0))
    assert read(server, execution)[-1][2]["data"]["status"] == "COMPLETED"


@pytest.mark.parametrize("last", ["x", "1", "-1", "1-x", "1-2-3", "9" * 40])
def test_a_foreign_last_event_id_is_refused(server: ServerUnderTest, last: str) -> None:
    execution = server.run("echo")["id"]
    response = server.http.get(f"/api/executions/{execution}/stream", headers={"Last-Event-ID": last})
    assert (response.status_code, response.json()["error"]) == (400, "bad_request")


def test_a_stream_from_beyond_the_end_closes_with_the_run(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("count", count=10))
    server.wait(execution, {"RUNNING"})
    assert read(server, execution, last="1-99999") == []


def test_the_stream_of_an_unknown_execution_is_404(server: ServerUnderTest) -> None:
    assert server.call("GET", "/executions/none/stream", 404)["error"] == "not_found"
