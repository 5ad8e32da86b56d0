"""A process id that was noted may belong to somebody else by the next start: that process is never touched."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest
from servers import ServerUnderTest, processes_of, wait_until

from orchestra.engine.process import started_of


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        yield process
        process.kill()


def pretend_it_was(server: ServerUnderTest, execution: str, pid: int) -> None:
    """As if the worker had had this id, and had even started in the same tick of the clock."""
    note = f"{pid} {started_of(pid):.0f}\n"
    (server.data_dir / "runs" / execution / "1" / "worker").write_text(note)
    with closing(sqlite3.connect(server.data_dir / "orchestra.db")) as database, database:
        database.execute(
            "UPDATE executions SET process_pid = ?, process_started = ? WHERE id = ?",
            [pid, started_of(pid), execution],
        )


@pytest.mark.parametrize("cancel", [False, True], ids=["left alone", "cancelled"])
def test_a_strangers_process_is_not_touched_and_the_run_is_lost(
    own_server: ServerUnderTest, stranger: subprocess.Popen[bytes], cancel: bool
) -> None:
    execution = own_server.start_run(own_server.agent("sleep", seconds=600))
    own_server.wait_for_log(execution, "sleeping")
    workers = processes_of(execution)
    zygotes = {psutil.Process(pid).ppid() for pid in workers}
    if cancel:
        own_server.process.send_signal(signal.SIGSTOP)
        with closing(sqlite3.connect(own_server.data_dir / "orchestra.db")) as database, database:
            database.execute("UPDATE executions SET cancel_requested_at = created_at WHERE id = ?", [execution])
    own_server.kill()
    for pid in [*zygotes, *workers]:
        os.kill(pid, signal.SIGKILL)
    pretend_it_was(own_server, execution, stranger.pid)
    own_server.start()
    assert own_server.wait(execution)["status"] == ("CANCELLED" if cancel else "FAILED")
    assert stranger.poll() is None


def test_a_run_that_ended_meanwhile_is_ended_by_its_journal(
    own_server: ServerUnderTest, stranger: subprocess.Popen[bytes]
) -> None:
    execution = own_server.start_run(own_server.agent("count", count=10))
    own_server.wait_for_log(execution, "line 1")
    own_server.kill()
    wait_until(lambda: not processes_of(execution))
    pretend_it_was(own_server, execution, stranger.pid)
    own_server.start()
    assert own_server.wait(execution)["status"] == "COMPLETED"
    assert own_server.messages(execution) == [f"line {i}" for i in range(10)]
    assert stranger.poll() is None
