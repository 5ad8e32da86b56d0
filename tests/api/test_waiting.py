"""Whoever prefers to wait for an execution's end has it with the answer to one request."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from servers import ServerUnderTest

from orchestra.api.waiting import seconds_of


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 0),
        ("wait=10", 10),
        ("respond-async, wait=10", 10),
        ("respond-async; wait = 5", 5),
        ('WAIT="7", other', 7),
        ("wait=100000000", 60),
        ("wait=0", 0),
        ("wait=-1", 0),
        ("wait=ten", 0),
        ("await=10", 0),
        ("wait=1e9", 0),
        ("wait=٣", 0),
    ],
)
def test_how_long_somebody_waits_is_read_as_the_standard_has_it(prefer: str | None, seconds: int) -> None:
    assert seconds_of(prefer) == seconds


def test_the_end_comes_with_the_answer(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("echo"))
    found = server.call("GET", f"/executions/{execution}", headers={"Prefer": "wait=30"})
    assert found["status"] == "COMPLETED"
    again = server.call("GET", f"/executions/{execution}", headers={"Prefer": "wait=30"})
    assert again == found


def test_what_has_not_ended_by_then_is_told_as_it_stands(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("sleep", seconds=600))
    server.wait(execution, {"RUNNING"})
    assert server.call("GET", f"/executions/{execution}", headers={"Prefer": "wait=1"})["status"] == "RUNNING"
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(server.call, "GET", f"/executions/{execution}", headers={"Prefer": "wait=60"})
        server.call("DELETE", f"/executions/{execution}")
        assert waiting.result()["status"] == "CANCELLED"


def test_a_wait_for_what_is_not_there_is_over_at_once(server: ServerUnderTest) -> None:
    server.call("GET", "/executions/none", 404, headers={"Prefer": "wait=60"})


def test_who_is_shut_out_while_they_wait_learns_nothing(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("sleep", seconds=600))
    key = server.call("POST", "/keys", 201, json={"name": "waits"})
    headers = {"Authorization": f"Bearer {key['key']}", "Prefer": "wait=60"}
    url = f"{server.presence.url}/api/executions/{execution}"
    with httpx2.Client(trust_env=False, timeout=90) as client, ThreadPoolExecutor(1) as thread:
        client.get(url, headers={**headers, "Prefer": ""}).raise_for_status()
        waiting = thread.submit(client.get, url, headers=headers)
        server.wait(execution, {"RUNNING"})
        server.call("DELETE", f"/keys/{key['id']}")
        server.call("DELETE", f"/executions/{execution}")
        answer = waiting.result()
    assert answer.status_code == 401, answer.text
