"""Streams that are open when the key or session that opened them is not valid any more."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from people import a_key, a_person
from servers import ServerUnderTest

COOKIE = "next-auth.session-token"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def running(server: ServerUnderTest) -> Iterator[str]:
    """An execution that goes on, with something in its stream."""
    execution = server.start_run(server.agent("sleep", seconds=600))
    server.wait(execution, {"RUNNING"})
    yield execution
    server.call("DELETE", f"/executions/{execution}")


def addresses(execution: str) -> tuple[str, str]:
    return f"/executions/{execution}/stream", "/dashboard/real-time"


@contextmanager
def open_streams(server: ServerUnderTest, execution: str, headers: dict[str, str]) -> Iterator[list[Future[Any]]]:
    """What each of the two streams says last, once it has ended; both are open inside."""
    with ThreadPoolExecutor(2) as readers:
        begun: list[str] = []

        def read(address: str) -> tuple[str, Any]:
            event, data = "", None
            url = server.presence.url + "/api" + address
            with (
                httpx2.Client(trust_env=False, timeout=30) as client,
                client.stream("GET", url, headers=headers) as response,
            ):
                assert response.status_code == 200
                for line in response.iter_lines():
                    name, _, value = line.partition(": ")
                    if name == "event":
                        event = value
                    elif name == "data":
                        data = json.loads(value)
                        begun.append(address)
            return event, data

        ends = [readers.submit(read, address) for address in addresses(execution)]
        deadline = time.monotonic() + 20
        while len(set(begun)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield ends


def session_of(server: ServerUnderTest, person: dict[str, Any]) -> str:
    """The cookie of a person with a password who has just signed in."""
    body = {"name": person["name"], "password": PASSWORD}
    response = httpx2.post(server.presence.url + "/api/sessions", json=body, trust_env=False)
    assert response.status_code == 201
    return f"{COOKIE}={response.cookies[COOKIE]}"


def expect(ends: list[Future[Any]], reason: str, seconds: float = 3) -> None:
    for end in ends:
        event, data = end.result(seconds)
        assert (event, data["reason"]) == ("closed", reason)
        assert data["message"]


def change(server: ServerUnderTest, query: str, *values: object) -> None:
    """As another process would."""
    with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database, database:
        database.execute(query, values)


Person = dict[str, Any]
OF_A_KEY: dict[str, tuple[str, Callable[[ServerUnderTest, Person, Person], object]]] = {
    "revoked": ("revoked", lambda server, key, _: server.call("DELETE", f"/keys/{key['id']}")),
    "revoked by another process": (
        "revoked",
        lambda server, key, _: change(server, "DELETE FROM api_keys WHERE id = ?", key["id"]),
    ),
    "person switched off": (
        "deactivated",
        lambda server, _, person: server.call("PUT", f"/users/{person['id']}", json={"isActive": False}),
    ),
    "person deleted": ("deactivated", lambda server, _, person: server.call("DELETE", f"/users/{person['id']}")),
    "another role": (
        "role_changed",
        lambda server, _, person: server.call("PUT", f"/users/{person['id']}", json={"role": "member"}),
    ),
}


@pytest.mark.parametrize("case", OF_A_KEY)
def test_streams_end_with_their_key(server: ServerUnderTest, running: str, case: str) -> None:
    person = a_person(server, "viewer")
    key = a_key(server, person["id"])
    reason, end = OF_A_KEY[case]
    with open_streams(server, running, {"Authorization": f"Bearer {key['key']}"}) as ends:
        end(server, key, person)
        expect(ends, reason)


def test_streams_end_when_their_key_expires(server: ServerUnderTest, running: str) -> None:
    key = a_key(server, expires_at=datetime.now(UTC) + timedelta(seconds=3))
    with open_streams(server, running, {"Authorization": f"Bearer {key['key']}"}) as ends:
        expect(ends, "expired", 8)


def test_streams_end_when_their_session_is_signed_out(server: ServerUnderTest, running: str) -> None:
    person = a_person(server, "viewer", PASSWORD)
    cookie = {"Cookie": session_of(server, person)}
    with open_streams(server, running, cookie) as ends:
        httpx2.delete(server.presence.url + "/api/sessions/current", headers=cookie, trust_env=False)
        expect(ends, "signed_out")


def test_streams_end_when_their_session_expires(server: ServerUnderTest, running: str) -> None:
    person = a_person(server, "viewer", PASSWORD)
    cookie = {"Cookie": session_of(server, person)}
    until = (datetime.now(UTC) + timedelta(seconds=3)).strftime("%Y-%m-%d %H:%M:%S.%f")
    change(server, "UPDATE sessions SET expires_at = ? WHERE user_id = ?", until, person["id"])
    with open_streams(server, running, cookie) as ends:
        expect(ends, "expired", 8)


def test_streams_end_when_the_key_is_revoked_by_which_their_session_was_opened(
    server: ServerUnderTest, running: str
) -> None:
    key = a_key(server)
    with httpx2.Client(base_url=server.presence.url, trust_env=False) as client:
        client.post("/sign-in", data={"key": key["key"]}, headers={"Origin": server.presence.url})
        with open_streams(server, running, {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}) as ends:
            server.call("DELETE", f"/keys/{key['id']}")
            expect(ends, "revoked")


def test_the_streams_of_others_go_on(server: ServerUnderTest, running: str) -> None:
    ours, theirs = a_key(server), a_key(server)
    with (
        open_streams(server, running, {"Authorization": f"Bearer {theirs['key']}"}) as others,
        open_streams(server, running, {"Authorization": f"Bearer {ours['key']}"}) as ends,
    ):
        server.call("DELETE", f"/keys/{ours['id']}")
        expect(ends, "revoked")
        time.sleep(1.5)
        assert not any(other.done() for other in others)
        server.call("DELETE", f"/keys/{theirs['id']}")
        expect(others, "revoked")
