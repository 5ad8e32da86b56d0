"""kill -9 of the server: nothing that was accepted is lost, doubled, or RUNNING for ever."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import psutil
import pytest
from servers import ServerUnderTest, processes_of, wait_until


def test_a_run_goes_on_without_the_server_and_its_end_is_recorded(any_server: ServerUnderTest) -> None:
    execution = any_server.start_run(any_server.agent("count_on"))
    any_server.wait_for_log(execution, "line 5")
    any_server.kill()
    time.sleep(0.5)
    any_server.start()
    assert any_server.execution(execution)["status"] == "RUNNING"
    any_server.let_end(execution)


def test_a_run_that_ended_meanwhile_is_recorded_with_all_its_events(any_server: ServerUnderTest) -> None:
    execution = any_server.start_run(any_server.agent("count", count=20))
    any_server.wait_for_log(execution, "line 2")
    any_server.kill()
    wait_until(lambda: not processes_of(execution))
    time.sleep(0.5)
    any_server.start()
    ended = any_server.wait(execution)
    assert (ended["status"], ended["output"]) == ("COMPLETED", {"counted": 20})
    assert ended["duration"] < 2000  # it ran for a second; nobody watched it for longer
    assert any_server.messages(execution) == [f"line {i}" for i in range(20)]


def test_a_worker_that_died_with_the_server_ends_failed_and_says_how(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("sleep", seconds=600))
    own_server.wait_for_log(execution, "sleeping")
    workers = processes_of(execution)
    own_server.kill()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "worker_killed")
    assert "SIGKILL" in ended["reason"]


def test_a_worker_whose_death_nobody_saw_is_lost_and_says_so(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("sleep", seconds=600))
    own_server.wait_for_log(execution, "sleeping")
    workers = processes_of(execution)
    zygotes = {psutil.Process(pid).ppid() for pid in workers} - {own_server.process.pid, 1}
    own_server.kill()
    for pid in [*zygotes, *workers]:
        os.kill(pid, signal.SIGKILL)
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "lost")


def test_a_cancel_asked_for_before_the_crash_is_carried_out_after_it(any_server: ServerUnderTest) -> None:
    execution = any_server.start_run(any_server.agent("stubborn", {"graceSeconds": 3}, seconds=600))
    any_server.wait_for_log(execution, "stubborn")
    any_server.call("DELETE", f"/executions/{execution}")
    any_server.kill()
    any_server.start()
    assert any_server.wait(execution)["status"] == "CANCELLED"
    assert processes_of(execution) == []


def test_accepted_runs_that_had_not_begun_run_after_the_crash(any_server: ServerUnderTest) -> None:
    agent = any_server.agent("sleep", seconds=0.5)
    started = [any_server.start_run(agent) for _ in range(20)]
    any_server.kill()
    any_server.start()
    ended = [any_server.wait(execution) for execution in started]
    assert {execution["status"] for execution in ended} == {"COMPLETED"}
    read = any_server.call("GET", f"/agents/{agent}")
    assert (read["totalExecutions"], read["successfulExecutions"], read["status"]) == (20, 20, "IDLE")


@pytest.mark.parametrize(
    ("framework", "end", "pauses"),
    [
        ("probe", ServerUnderTest.kill, (0.0, 0.05, 0.15, 0.3, 0.5)),
        ("probe-spare", ServerUnderTest.kill, (0.0, 0.1, 0.4)),
        ("probe-reusable", ServerUnderTest.kill, (0.0, 0.1, 0.4)),
        ("probe", ServerUnderTest.stop, (0.0, 0.1, 0.4)),
    ],
    ids=["kill -9", "kill -9, spares", "kill -9, workers used again", "stop"],
)
def test_an_end_of_the_server_at_any_moment_leaves_nothing_running_for_ever(
    own_server: ServerUnderTest, framework: str, end: Callable[[ServerUnderTest], object], pauses: tuple[float, ...]
) -> None:
    own_server.framework = framework
    agent = own_server.agent("count", count=8)
    started: list[str] = []
    for pause in pauses:
        started += [own_server.start_run(agent) for _ in range(4)]
        time.sleep(pause)
        end(own_server)
        own_server.start()
    for execution in started:
        ended = own_server.wait(execution)
        assert ended["status"] == "COMPLETED", ended
        assert own_server.messages(execution) == [f"line {i}" for i in range(8)]


@pytest.mark.parametrize("do", ["count", "segfault", "fail"])
def test_a_crash_between_the_journals_end_and_the_databases_changes_no_end(
    own_server: ServerUnderTest, do: str
) -> None:
    before = own_server.run(do, count=3, seconds=0)
    own_server.kill()
    with closing(sqlite3.connect(own_server.data_dir / "orchestra.db")) as database, database:
        database.execute("UPDATE executions SET status = 'RUNNING', completed_at = NULL, reason = NULL, output = NULL")
        database.execute("UPDATE agents SET running_executions = 1")
    time.sleep(1)
    own_server.start()
    after = own_server.wait(before["id"])
    assert abs(after["duration"] - before["duration"]) < 500  # nobody watched it for longer
    same = ("status", "reason", "output", "failure", "logs")
    assert {name: after.get(name) for name in same} == {name: before.get(name) for name in same}


def test_a_run_whose_worker_never_got_its_job_is_started_after_the_crash(any_server: ServerUnderTest) -> None:
    sleepers = [any_server.start_run(any_server.agent("sleep", seconds=600)) for _ in range(8)]
    for sleeper in sleepers:
        any_server.wait(sleeper, {"RUNNING"})
    waiting = any_server.start_run(any_server.agent("count", count=3))
    any_server.kill()
    with closing(sqlite3.connect(any_server.data_dir / "orchestra.db")) as database, database:
        claimed = "status = 'RUNNING', started_at = created_at, process_pid = 999999, process_started = 1"
        database.execute(f"UPDATE executions SET {claimed} WHERE id = ?", [waiting])
        database.execute("UPDATE agents SET running_executions = 1")
    any_server.start()
    assert any_server.wait(waiting)["status"] == "COMPLETED"
    assert any_server.messages(waiting) == ["line 0", "line 1", "line 2"]


def test_an_orderly_stop_leaves_runs_going_and_the_next_start_finds_them(any_server: ServerUnderTest) -> None:
    execution = any_server.start_run(any_server.agent("count_on"))
    any_server.wait_for_log(execution, "line 3")
    assert any_server.stop() == 0
    any_server.start()
    assert any_server.execution(execution)["status"] == "RUNNING"
    any_server.let_end(execution)


def test_who_follows_by_command_line_is_taken_along_by_the_next_server(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("count", count=60))
    command = [sys.executable, "-m", "orchestra", "logs", execution, "-f"]
    with subprocess.Popen(command, env=own_server.environment(), stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        first = follower.stdout.readline()  # it follows: one that comes later starts a server of its own
        own_server.kill()
        time.sleep(0.5)
        own_server.start()
        shown = first + follower.stdout.read()
    assert follower.returncode == 0
    assert [line.split()[-1] for line in shown.splitlines() if " line " in line] == [str(i) for i in range(60)]
