"""Runs that turn against their own journal or hide their processes: each still gets its one end, and harms nobody."""

import time

import pytest
from servers import ServerUnderTest, is_running

from orchestra.client import Client

VANDALISM = ["folder", "gone", "pipe", "link", "replace", "truncate", "deep"]


@pytest.mark.parametrize("how", VANDALISM)
def test_a_run_that_spoils_its_journal_ends_and_the_server_goes_on(server: ServerUnderTest, how: str) -> None:
    execution = server.start_run(server.agent("vandal", text=how, seconds=0.3))
    assert server.wait(execution, seconds=15)["reason"]
    assert server.call("GET", "/health")["status"] == "healthy"
    server.call("GET", "/executions")
    server.call("GET", f"/executions/{execution}/logs")


@pytest.mark.parametrize("how", VANDALISM)
def test_who_follows_such_a_run_hears_of_its_end(server: ServerUnderTest, how: str) -> None:
    execution = server.start_run(server.agent("vandal", text=how, seconds=0.3))
    with Client(server.presence.url, server.presence.key) as client:
        last = list(client.executions.stream(execution))[-1]
    assert last.data["status"] in {"COMPLETED", "FAILED"}


def test_output_nested_without_end_is_cut_and_the_rest_kept(server: ServerUnderTest) -> None:
    output = server.run("vandal", text="deep", seconds=0)["output"]
    assert output["answer"] == "done"
    assert "nested too deeply" in str(output["deep"])


@pytest.mark.parametrize("cancel", [False, True], ids=["completed", "cancelled"])
def test_processes_that_hide_are_ended_too(server: ServerUnderTest, cancel: bool) -> None:
    execution = server.start_run(server.agent("hide", seconds=600 if cancel else 0))
    server.wait_for_log(execution, "hidden")
    hidden = int(server.messages(execution)[-1].split()[-1])
    if cancel:
        server.call("DELETE", f"/executions/{execution}")
    server.wait(execution)
    assert not is_running(hidden)


def test_a_busy_server_neither_holds_back_ends_nor_streams(server: ServerUnderTest) -> None:
    busy = [server.start_run(server.agent("count", count=100_000, seconds=0.003)) for _ in range(4)]
    for execution in busy:
        server.wait(execution, {"RUNNING"})
    time.sleep(1)
    assert server.wait(server.start_run(server.agent("echo")), seconds=5)["status"] == "COMPLETED"
    for execution in busy:
        server.call("DELETE", f"/executions/{execution}")
    assert {server.wait(execution)["status"] for execution in busy} == {"CANCELLED"}
