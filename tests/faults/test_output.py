"""What a run prints or does to its descriptors neither loses its lines nor holds up the server."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from servers import ServerUnderTest, is_running, processes_of, wait_until

_FLOOD_MEGABYTES = 200


@contextmanager
def watched_health(server: ServerUnderTest) -> Iterator[list[float]]:
    """The seconds that each look at the server's health took meanwhile."""
    took: list[float] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.1):
            began = time.monotonic()
            assert server.http.get("/api/health").status_code == 200
            took.append(time.monotonic() - began)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield took
    finally:
        is_over.set()
        looking.join()


def test_two_hundred_megabytes_of_output_are_kept_line_by_line_while_the_server_answers(
    server: ServerUnderTest,
) -> None:
    with watched_health(server) as took:
        execution = server.start_run(server.agent("spill", count=_FLOOD_MEGABYTES))
        assert server.wait(execution, seconds=90)["status"] == "COMPLETED"
    assert took and max(took) < 5
    lines = _FLOOD_MEGABYTES * 1000
    page = server.call("GET", f"/executions/{execution}/logs", params={"limit": 1, "offset": lines - 1})
    assert page["pagination"]["total"] == lines
    assert page["logs"][0]["message"] == f"{999:0999d}"


def test_what_no_encoding_knows_and_a_line_without_end_become_lines_all_the_same(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("garbage"))
    assert server.wait(execution)["status"] == "COMPLETED"
    messages = server.messages(execution)
    assert "\N{REPLACEMENT CHARACTER}" in messages[0]
    assert any("surrogate" in message and "printed" in message for message in messages)
    assert any("surrogate" in message and "logged" in message for message in messages)
    long = [message for message in messages if message.startswith("xxx")]
    assert "more characters cut" in long[0] and len(long[0]) < 300_000
    assert messages[-1] == "after the long line"


def test_a_run_that_closes_its_descriptors_is_heard_to_its_end(any_workers: ServerUnderTest) -> None:
    execution = any_workers.start_run(any_workers.agent("close_pipes"))
    ended = any_workers.wait(execution)
    assert (ended["status"], ended["output"]) == ("COMPLETED", {"answer": "closed"})
    assert any_workers.messages(execution)[0] == "before"
    assert any("open at 0" in message for message in any_workers.messages(execution))
    assert any_workers.run("echo")["status"] == "COMPLETED"


@pytest.mark.parametrize("cancel", [False, True], ids=["completed", "cancelled"])
def test_children_that_a_run_forks_have_no_say_and_do_not_outlive_it(
    any_workers: ServerUnderTest, cancel: bool
) -> None:
    execution = any_workers.start_run(any_workers.agent("fork", {"graceSeconds": 1}, seconds=600 if cancel else 0))
    any_workers.wait_for_log(execution, "forked")
    child = int(any_workers.messages(execution)[-1].split()[-1])
    if cancel:
        assert is_running(child)
        any_workers.call("DELETE", f"/executions/{execution}")
    ended = any_workers.wait(execution)
    assert ended["status"] == ("CANCELLED" if cancel else "COMPLETED")
    assert ended.get("output") == (None if cancel else {"answer": "the parent's"})
    assert not is_running(child)
    wait_until(lambda: not processes_of(execution))  # a worker that is used again takes the mark off a moment later
