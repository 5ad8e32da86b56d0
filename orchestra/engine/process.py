"""Worker processes: starting one, telling whether it lives, ending it with everything it started."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from orchestra.domain.executions import ProcessIdentity
from orchestra.worker import protocol

BOOT = Path(protocol.__file__).with_name("boot.py")
_START_TOLERANCE_SECONDS = 1.0
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT")
_EXIT_POLL_SECONDS = 0.1
_SWEEPS = 20
_KILL_WAIT_SECONDS = 2.0


class WorkerProcess:
    """A worker that this server started, or one of an earlier server that it adopted."""

    def __init__(self, identity: ProcessIdentity, execution_id: str, child: subprocess.Popen[bytes] | None) -> None:
        self.identity = identity
        self._execution_id = execution_id
        self._child = child

    async def exited(self) -> int | None:
        """Wait for the end; the exit code (negative for a signal), or None where it was not our child."""
        await _gone(self.identity)
        return await asyncio.to_thread(self._child.wait) if self._child is not None else None

    def hand_over(self, job: bytes) -> None:
        """Give the worker its job; one that is gone already is found by `exited`."""
        if self._child is None or self._child.stdin is None:
            return
        try:
            self._child.stdin.write(job)
            self._child.stdin.close()
        except OSError:
            pass

    def ask_to_stop(self) -> None:
        """SIGTERM to the worker alone: it tells its framework to stop, which takes its own children along."""
        if process := find(self.identity):
            _quietly(process.terminate)

    def kill_tree(self) -> int:
        """Kill the worker and all that it started, wherever that has moved to; how many processes there were."""
        killed = 0
        for _ in range(_SWEEPS):  # what forks while it is being killed takes more than one
            members = family(self.identity, self._execution_id)
            if not members:
                break
            killed += len(members)
            _kill_all(members)
        return killed


def start(command: tuple[str, ...], execution_id: str, home: Path, journal: Path) -> WorkerProcess:
    """Start a worker that waits for its job; its output goes to files beside its journal.

    It gets a session and process group of its own, so that it outlives the server and a Ctrl-C in its terminal.
    """
    with (journal / protocol.STDOUT).open("ab") as stdout, (journal / protocol.STDERR).open("ab") as stderr:
        child = subprocess.Popen(  # noqa: S603 - the command is the interpreter we chose and our own boot file
            [*command, str(BOOT)],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            cwd=home,
            env=scrubbed(os.environ, execution_id, home),
            start_new_session=True,
        )
    identity = ProcessIdentity(child.pid, psutil.Process(child.pid).create_time())
    return WorkerProcess(identity, execution_id, child)


def adopt(identity: ProcessIdentity, execution_id: str) -> WorkerProcess:
    """The worker of an earlier server; it may be gone already."""
    return WorkerProcess(identity, execution_id, None)


def scrubbed(environment: Mapping[str, str], execution_id: str, home: Path) -> dict[str, str]:
    """What a worker gets of our environment: nothing that could be a secret or mislead its Python."""
    kept = {name: environment[name] for name in _KEPT_VARIABLES if name in environment}
    return {
        "LANG": "C.UTF-8",
        **kept,
        "HOME": str(home),
        "PYTHONUTF8": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        protocol.MARKER: execution_id,
    }


def find(identity: ProcessIdentity) -> psutil.Process | None:
    """The process itself, if it still runs; a pid that was given to another process since does not count."""
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.started) < _START_TOLERANCE_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def family(identity: ProcessIdentity, execution_id: str) -> list[psutil.Process]:
    """The worker, its descendants, and whatever carries the execution's marker in its environment."""
    members: dict[int, psutil.Process] = {}
    if worker := find(identity):
        members[worker.pid] = worker
        for child in _children(worker):
            members[child.pid] = child
    for process in psutil.process_iter():
        if process.pid not in members and _carries_marker(process, execution_id):
            members[process.pid] = process
    members.pop(os.getpid(), None)
    return [process for process in members.values() if _is_live(process)]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _carries_marker(process: psutil.Process, execution_id: str) -> bool:
    try:
        return process.environ().get(protocol.MARKER) == execution_id
    except (psutil.Error, OSError, ValueError):
        return False  # another user's process, or one that is just going


def _is_live(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _kill_all(processes: list[psutil.Process]) -> None:
    for process in processes:
        _quietly(process.kill)
    deadline = time.monotonic() + _KILL_WAIT_SECONDS
    while any(map(_is_live, processes)) and time.monotonic() < deadline:
        time.sleep(0.005)  # not psutil's wait: it would reap the worker and lose its exit code


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):  # gone meanwhile
        action()


async def _gone(identity: ProcessIdentity) -> None:
    """Wait until the process ended, by a file descriptor of it where the system has such a thing."""
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(identity.pid)
        except ProcessLookupError:
            return
        except OSError:  # too many files open, or a system that does not allow it
            await _polled(identity)
            return
        try:
            if find(identity) is not None:
                await _readable(descriptor)
        finally:
            os.close(descriptor)
        return
    await _polled(identity)


async def _polled(identity: ProcessIdentity) -> None:
    while find(identity) is not None:
        await asyncio.sleep(_EXIT_POLL_SECONDS)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
