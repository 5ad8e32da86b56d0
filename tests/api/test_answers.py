"""Answers that are given once more: never older than the last write, and never to somebody else."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from people import a_key, a_person, client_as, client_of
from servers import ServerUnderTest

LISTS = ("/agents?limit=100", "/executions?limit=100")


def seen(server: ServerUnderTest, agent: str) -> list[bytes]:
    """What the repeatable addresses that tell of the agent say now."""
    addresses = [*LISTS, f"/agents/{agent}", f"/agents/{agent}/versions", f"/executions?agentId={agent}"]
    return [server.http.get("/api" + address).content for address in addresses]


def put(server: ServerUnderTest, agent: str, **body: Any) -> None:
    server.call("PUT", f"/agents/{agent}", json=body)


def delete(server: ServerUnderTest, agent: str) -> None:
    server.call("DELETE", f"/agents/{agent}")


def restore(server: ServerUnderTest, agent: str) -> None:
    server.call("POST", f"/agents/{agent}/versions/1/restore")


def act(what: str) -> Callable[[ServerUnderTest, str], None]:
    return lambda server, agent: server.call("POST", f"/agents/{agent}/{what}")


CHANGES: dict[str, Callable[[ServerUnderTest, str], object]] = {
    "create": lambda server, _: server.agent("echo"),
    "rename": lambda server, agent: put(server, agent, name="renamed"),
    "describe": lambda server, agent: put(server, agent, description="described"),
    "tag": lambda server, agent: put(server, agent, tags=["x"]),
    "switch off": lambda server, agent: put(server, agent, isActive=False),
    "configure": lambda server, agent: put(server, agent, configuration={"do": "generate"}),
    "restore": restore,
    "pause": act("pause"),
    "stop": act("stop"),
    "delete": delete,
    "start execution": lambda server, agent: server.start_run(agent),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_reads_after_a_write_sees_it(server: ServerUnderTest, change: str) -> None:
    agent = server.agent("echo")
    put(server, agent, configuration={"do": "count"})
    before = seen(server, agent)
    CHANGES[change](server, agent)
    after = seen(server, agent)
    assert after[0] != before[0], "the list of agents is an old one"
    if change != "create":
        assert after[2] != before[2], "the agent is an old one"
    if change in {"configure", "restore"}:
        assert after[3] != before[3], "the list of versions is an old one"
    if change == "start execution":
        assert (after[1] != before[1], after[4] != before[4]) == (True, True), "a list of executions is an old one"


def test_what_an_execution_does_to_lists_shows_when_it_has_ended(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    seen(server, agent)
    execution = server.start_run(agent)
    assert server.call("GET", f"/executions?agentId={agent}")["executions"][0]["id"] == execution
    assert server.call("GET", f"/agents/{agent}")["totalExecutions"] == 1
    server.wait(execution)
    assert server.call("GET", f"/agents/{agent}")["successfulExecutions"] == 1
    assert server.call("GET", f"/executions?agentId={agent}")["executions"][0]["status"] == "COMPLETED"
    second = server.start_run(server.agent("sleep", seconds=600))
    server.call("GET", "/executions?status=RUNNING")
    server.wait(second, {"RUNNING"})
    server.call("DELETE", f"/executions/{second}")
    server.wait(second)
    assert second not in server.http.get("/api/executions?status=RUNNING").text


def test_sixteen_writers_and_readers_at_once_see_their_own_writes(server: ServerUnderTest) -> None:
    def write_and_read(number: int) -> None:
        with client_of(server, server.presence.key) as client:
            body = {"name": f"w{number}", "framework": "probe"}
            agent = client.post("/agents", json=body).json()["id"]
            for count in range(25):
                text = f"{number}-{count}"
                client.put(f"/agents/{agent}", json={"description": text})
                assert client.get(f"/agents/{agent}").json()["description"] == text
                assert text in client.get("/agents?limit=16").text
            client.delete(f"/agents/{agent}")
            assert client.get(f"/agents/{agent}").status_code == 404
            assert agent not in client.get("/agents?limit=100").text

    with ThreadPoolExecutor(16) as people:
        list(people.map(write_and_read, range(16)))


def test_what_another_process_writes_is_seen_at_once(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    for number in range(20):
        seen(server, agent)
        with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database, database:
            database.execute("UPDATE agents SET name = ? WHERE id = ?", [f"from outside {number}", agent])
        assert server.call("GET", f"/agents/{agent}")["name"] == f"from outside {number}"
        assert f"from outside {number}" in server.http.get("/api/agents?limit=100").text


def test_a_key_that_another_process_removes_is_refused_at_once(server: ServerUnderTest) -> None:
    key = a_key(server)
    with client_of(server, key["key"]) as client:
        assert [client.get("/agents").status_code for _ in range(3)] == [200] * 3
        with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database, database:
            database.execute("DELETE FROM api_keys WHERE id = ?", [key["id"]])
        assert client.get("/agents").status_code == 401


def test_a_revoked_key_is_refused_at_once(server: ServerUnderTest) -> None:
    key = a_key(server)
    with client_of(server, key["key"]) as client:
        assert [client.get("/agents").status_code for _ in range(3)] == [200] * 3
        server.call("DELETE", f"/keys/{key['id']}")
        assert client.get("/agents").status_code == 401


def test_a_key_is_refused_once_it_has_expired_although_nothing_is_written(server: ServerUnderTest) -> None:
    until = datetime.now(UTC) + timedelta(seconds=2)
    with client_of(server, a_key(server, expires_at=until)["key"]) as client:
        assert client.get("/agents").status_code == 200
        while datetime.now(UTC) < until:
            assert client.get("/agents").status_code in {200, 401}
        assert client.get("/agents").status_code == 401


def test_somebody_switched_off_or_given_another_role_is_treated_so_at_once(server: ServerUnderTest) -> None:
    person = a_person(server, "viewer")
    hidden = server.agent("echo")
    with client_of(server, a_key(server, person["id"])["key"]) as client:
        assert [hidden in client.get("/agents?limit=100").text for _ in range(2)] == [True, True]
        server.call("PUT", f"/users/{person['id']}", json={"role": "member"})
        assert hidden not in client.get("/agents?limit=100").text
        server.call("PUT", f"/users/{person['id']}", json={"isActive": False})
        assert client.get("/agents").status_code == 401


def test_nobody_gets_the_answer_of_another(server: ServerUnderTest) -> None:
    with client_as(server, "member") as ada, client_as(server, "member") as bob:
        body = {"name": "hers", "framework": "probe"}
        agent = ada.post("/agents", json=body).json()["id"]
        for _ in range(2):
            assert [one["id"] for one in ada.get("/agents").json()["agents"]] == [agent]
            assert bob.get("/agents").json()["agents"] == []
            assert ada.get(f"/agents/{agent}").status_code == 200
            assert bob.get(f"/agents/{agent}").status_code == 404


def test_the_last_use_of_a_key_is_noted_once_a_minute(server: ServerUnderTest) -> None:
    key = a_key(server)

    def used() -> str:
        return server.call("GET", f"/keys/{key['id']}")["lastUsedAt"]

    with client_of(server, key["key"]) as client:
        client.get("/agents")
        first = used()
        for _ in range(5):
            client.get("/agents")
        assert used() == first
        with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database, database:
            old = (datetime.now(UTC) - timedelta(minutes=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
            # Naming the name too makes the server look again; of the time alone it would not hear.
            database.execute("UPDATE api_keys SET last_used_at = ?, name = name WHERE id = ?", [old, key["id"]])
        client.get("/agents")
        assert used() > first


def test_whoever_has_an_answer_already_is_told_that_it_still_holds(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    for address in (f"/api/agents/{agent}", "/api/agents", "/api/executions"):
        first = server.http.get(address)
        assert first.headers["cache-control"] == "private, no-cache"
        has_it = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        same = server.http.get(address, headers=has_it)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
        server.call("POST", f"/agents/{agent}/pause")
        server.run("echo")
        assert server.http.get(address, headers=has_it).status_code == 200


def test_a_remembered_answer_is_the_same_as_the_first(server: ServerUnderTest) -> None:
    address = f"/api/agents/{server.agent('echo')}"
    first, second = server.http.get(address), server.http.get(address)
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    assert first.headers["content-type"] == second.headers["content-type"] == "application/json"
    assert "content-security-policy" in second.headers


def test_answers_to_wrong_questions_are_not_remembered(server: ServerUnderTest) -> None:
    for _ in range(2):
        assert server.http.get("/api/agents?limit=x").status_code == 400
        assert server.http.get("/api/agents/none").status_code == 404


def test_reading_goes_on_while_the_database_is_being_written(server: ServerUnderTest) -> None:
    server.http.get("/api/agents")
    with closing(sqlite3.connect(server.data_dir / "orchestra.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE agents SET name = name")
        began = time.monotonic()
        assert {server.http.get("/api/agents").status_code for _ in range(20)} == {200}
        assert time.monotonic() - began < 5
        database.execute("ROLLBACK")
