"""Agents that are being deleted: with slow runs, through kill -9 and through restarts."""

import sqlite3
import time
from contextlib import closing

import duckdb
from people import a_key, a_person, client_of
from servers import ServerUnderTest, processes_of


def test_a_deletion_that_was_killed_is_finished_at_the_next_start(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("stubborn", {"graceSeconds": 3}, seconds=600)
    done = own_server.wait(own_server.start_run(agent, input={"do": "echo"}))["id"]
    execution = own_server.start_run(agent)
    own_server.wait_for_log(execution, "stubborn")
    marked = delete_and_kill(own_server, agent)
    assert marked
    own_server.start()
    assert own_server.call("GET", f"/agents/{agent}", 404)["error"] == "not_found"
    deadline = time.monotonic() + 30
    while runs := list((own_server.data_dir / "runs").iterdir()):
        assert time.monotonic() < deadline, runs
        time.sleep(0.1)
    assert own_server.call("GET", f"/executions/{done}", 404)["error"] == "not_found"
    assert processes_of(execution) == []
    wait_until_nothing_is_left(own_server)


def delete_and_kill(server: ServerUnderTest, agent: str) -> bool:
    """Kill the server as soon as the wish to delete the agent is written down."""
    from threading import Thread

    def delete() -> None:
        try:
            server.http.delete(f"/api/agents/{agent}")
        except Exception:
            return

    thread = Thread(target=delete)
    thread.start()
    with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database:
        query = "SELECT deleting_since IS NOT NULL FROM agents WHERE id = ?"
        while not (row := database.execute(query, [agent]).fetchone()) or not row[0]:
            time.sleep(0.005)
    server.process.kill()
    thread.join()
    server.kill()
    return True


def wait_until_nothing_is_left(server: ServerUnderTest, seconds: float = 20) -> None:
    """No folder, and nothing that is still to be removed."""
    deadline = time.monotonic() + seconds
    with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database:
        while list((server.data_dir / "runs").iterdir()) or database.execute("SELECT 1 FROM leftovers").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_an_agent_whose_run_is_slow_to_stop_is_gone_at_once_for_all_who_look(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("stubborn", {"graceSeconds": 6}, seconds=600)
    execution = own_server.start_run(agent)
    waiting = [own_server.start_run(agent) for _ in range(10)]  # more than there are slots
    own_server.wait_for_log(execution, "stubborn")
    began = time.monotonic()
    message = own_server.call("DELETE", f"/agents/{agent}")["message"]
    assert time.monotonic() - began < 5
    assert "being stopped" in message
    assert own_server.call("GET", f"/agents/{agent}", 404)["error"] == "not_found"
    assert own_server.call("DELETE", f"/agents/{agent}", 404)["error"] == "not_found"
    assert own_server.call("POST", "/executions", 404, json={"agentId": agent})["error"] == "not_found"
    assert agent not in own_server.http.get("/api/agents?limit=100").text
    wait_until_nothing_is_left(own_server, 40)
    for one in (execution, *waiting):
        assert own_server.call("GET", f"/executions/{one}", 404)["error"] == "not_found"
        assert processes_of(one) == []
    own_server.stop()
    assert numbers_in_history(own_server) == []


def test_a_deletion_outlives_an_orderly_restart_too(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("stubborn", {"graceSeconds": 4}, seconds=600)
    execution = own_server.start_run(agent)
    own_server.wait_for_log(execution, "stubborn")
    own_server.call("DELETE", f"/agents/{agent}")
    own_server.stop()
    own_server.start()
    assert own_server.call("GET", f"/agents/{agent}", 404)["error"] == "not_found"
    deadline = time.monotonic() + 40
    while own_server.http.get(f"/api/executions/{execution}").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    wait_until_nothing_is_left(own_server)
    assert processes_of(execution) == []


def test_a_person_whose_runs_are_slow_to_stop_is_deleted_with_them(own_server: ServerUnderTest) -> None:
    person = a_person(own_server, "member")
    with client_of(own_server, a_key(own_server, person["id"])["key"]) as theirs:
        body = {"name": "x", "framework": "probe", "configuration": {"do": "stubborn", "seconds": 600}}
        body["configuration"]["limits"] = {"graceSeconds": 4}
        agent = theirs.post("/agents", json=body).json()["id"]
        execution = theirs.post("/executions", json={"agentId": agent}).json()["executionId"]
        own_server.wait_for_log(execution, "stubborn")
    own_server.call("DELETE", f"/users/{person['id']}")
    assert own_server.call("GET", f"/executions/{execution}", 404)["error"] == "not_found"


def numbers_in_history(server: ServerUnderTest) -> list[int]:
    """Of the executions of which the history still knows something; the server must have stopped."""
    with closing(duckdb.connect(server.data_dir / "history.duckdb", read_only=True)) as history:
        tables = ("events", "marks", "executions")
        return [row[0] for table in tables for row in history.execute(f"SELECT number FROM {table}").fetchall()]
