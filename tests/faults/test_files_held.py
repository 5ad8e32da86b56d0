"""Files that another process holds: a locked database, a history in use, a data folder that has its server already."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
from servers import ServerUnderTest, wait_until

from orchestra import presence

_LOCKED_SECONDS = 10


@contextmanager
def locked(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")


@contextmanager
def held(history: Path) -> Iterator[None]:
    command = f"import duckdb; held = duckdb.connect({str(history)!r}); print('held', flush=True); input()"
    program = [sys.executable, "-c", command]
    with subprocess.Popen(program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin and holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield
        holder.stdin.write("\n")


def serve(server: ServerUnderTest) -> "subprocess.Popen[str]":
    """A second server's process, on the same data folder."""
    command = [sys.executable, "-m", "orchestra", "serve", "--no-browser", "--port", "0"]
    environment = server.environment()
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_database_that_is_locked_for_ten_seconds_delays_starts_and_ends_and_loses_none(
    own_server: ServerUnderTest,
) -> None:
    agent = own_server.agent("count", count=20)
    started = [own_server.start_run(agent) for _ in range(4)]
    for execution in started:
        own_server.wait(execution, {"RUNNING"})
    with ThreadPoolExecutor(4) as threads:
        with locked(own_server.data_dir / "orchestra.db"):
            body = {"agentId": agent}
            asked = [threads.submit(own_server.http.post, "/api/executions", json=body) for _ in range(4)]
            until = time.monotonic() + _LOCKED_SECONDS
            while time.monotonic() < until:
                assert own_server.execution(started[0])["status"] == "RUNNING"  # readers are not held up
                time.sleep(0.5)
        answers = [answer.result() for answer in asked]
    assert {answer.status_code for answer in answers} <= {201, 503}
    started += [answer.json()["executionId"] for answer in answers if answer.status_code == 201]
    assert {own_server.wait(execution)["status"] for execution in started} == {"COMPLETED"}
    assert own_server.messages(started[0]) == [f"line {i}" for i in range(20)]
    assert own_server.call("GET", f"/agents/{agent}")["totalExecutions"] == len(started)


def test_a_history_that_another_process_holds_is_told_and_once_it_is_free_the_server_starts(
    own_server: ServerUnderTest,
) -> None:
    execution = own_server.run("count", count=3)
    own_server.stop()
    with held(own_server.data_dir / "history.duckdb"), serve(own_server) as second:
        said = second.communicate(timeout=60)[0]
    assert second.returncode not in {0, None}
    assert "Another process holds the history" in said and "Traceback" not in said
    own_server.start()
    assert own_server.messages(execution["id"]) == ["line 0", "line 1", "line 2"]


def test_a_second_server_finds_the_first_and_harms_nothing(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("count", count=40))
    own_server.wait_for_log(execution, "line 2")
    with serve(own_server) as second:
        said = second.communicate(timeout=60)[0]
    assert second.returncode == 0 and "runs already" in said
    link = re.search(r"https?://\S+", said)
    assert link and httpx2.get(link[0], trust_env=False).status_code < 400
    assert presence.find(own_server.data_dir) == own_server.presence
    assert own_server.wait(execution)["status"] == "COMPLETED"
    assert own_server.messages(execution) == [f"line {i}" for i in range(40)]


def test_of_servers_that_start_in_the_same_moment_one_runs_and_the_others_say_so(own_server: ServerUnderTest) -> None:
    own_server.stop()
    others = [serve(own_server) for _ in range(3)]
    try:
        wait_until(lambda: [other.poll() is None for other in others].count(True) <= 1, seconds=60)
        wait_until(lambda: presence.find(own_server.data_dir), seconds=60)
        (running,) = [other for other in others if other.poll() is None]
        found = presence.find(own_server.data_dir)
        assert found and found.pid == running.pid
    finally:
        for other in others:
            other.terminate()
    for other in others:
        said = other.communicate(timeout=30)[0]
        assert other is running or "Another server runs" in said or "runs already" in said, said
        assert "Traceback" not in said
