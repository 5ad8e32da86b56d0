"""kill -9 while an agent is being deleted."""

import sqlite3
import time
from contextlib import closing

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
    with closing(sqlite3.connect(own_server.data_dir / "orchestra.db")) as database:
        assert database.execute("SELECT count(*) FROM leftovers").fetchone() == (0,)


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
