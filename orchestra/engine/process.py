"""Worker processes: starting one, telling whether it lives, ending it with everything it started."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil

from orchestra.domain.executions import ProcessIdentity
from orchestra.worker import protocol

BOOT = Path(protocol.__file__).with_name("boot.py")
_SOFT_STOP = getattr(signal, "SIGUSR1", None)
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT")
_EXIT_POLL_SECONDS = 0.1
_SWEEPS = 20
_KILL_WAIT_SECONDS = 2.0


class WorkerProcess:
    """One worker from outside: whether it lives, and how it is made to end."""

    leaves_nothing = False  # whether all that it started is sure to be gone with it

    def __init__(self, identity: ProcessIdentity, execution_id: str) -> None:
        self.identity = identity
        self.execution_id = execution_id

    async def exited(self) -> int | None:
        """Wait for the end; the exit code (negative for a signal), or None where nobody can tell."""
        await gone(self.identity)
        return None

    def ask_softly(self) -> None:
        """Have the worker call its framework's own soft stop."""
        if _SOFT_STOP is None:
            self.ask_to_stop()
        elif is_alive(self.identity):
            with contextlib.suppress(OSError):
                os.kill(self.identity.pid, _SOFT_STOP)

    def ask_to_stop(self) -> None:
        """SIGTERM to the worker and its process group."""
        if not is_alive(self.identity):
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.identity.pid, signal.SIGTERM)
            else:
                os.kill(self.identity.pid, signal.SIGTERM)

    def count_tree(self) -> int:
        """How many processes live of the worker and all that it started."""
        return len(family(self.identity, self.execution_id))

    def kill_tree(self) -> int:
        """Kill the worker and all that it started, wherever that has moved to; how many processes there were."""
        killed = 0
        for _ in range(_SWEEPS):  # what forks while it is being killed takes more than one
            members = family(self.identity, self.execution_id)
            if not members:
                break
            killed += len(members)
            _kill_all(members)
        return killed


class SpawnedWorker(WorkerProcess):
    """A worker that this server started itself; it takes jobs on its standard input.

    One that `stays` waits for another job when one has ended well.
    """

    stays = False

    def __init__(self, child: subprocess.Popen[bytes], owner_id: str | None, execution_id: str) -> None:
        super().__init__(ProcessIdentity(child.pid, started_of(child.pid)), execution_id)
        self.owner_id = owner_id
        self._child = child
        self._ending: asyncio.Task[int] | None = None

    async def exited(self) -> int | None:
        """One watch, however many jobs it runs: each would cost a descriptor and a look at the process."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._ended(), name=f"worker-{self.identity.pid}")
        return await asyncio.shield(self._ending)

    async def _ended(self) -> int:
        await gone(self.identity)
        return await asyncio.to_thread(self._child.wait)

    def hand_over(self, line: bytes) -> None:
        """Give the worker a line; one that is gone already is found by `exited`."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._child.stdin.write(line)
                self._child.stdin.flush()

    def no_more(self) -> None:
        """Let a worker leave that has nothing to do, or nothing more when it is done."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._child.stdin.close()

    def dismiss(self) -> None:
        """End a worker that has nothing to do, also one that hangs in the import of its framework."""
        self.no_more()
        self._child.kill()

    @property
    def has_ended(self) -> bool:
        return self._child.poll() is not None


def spawn(
    command: tuple[str, ...], home: Path, owner_id: str | None, execution_id: str, journal: Path | None = None
) -> SpawnedWorker:
    """Start a worker that waits for its job, in a session and process group of its own.

    So it outlives the server and a Ctrl-C in its terminal. What it prints before it has its job goes beside its
    journal, if it is known by then: an interpreter that cannot start says why.
    """
    with ExitStack() as stack:
        stdout, stderr = (
            stack.enter_context((journal / name).open("ab")) if journal is not None else subprocess.DEVNULL
            for name in (protocol.STDOUT, protocol.STDERR)
        )
        child = subprocess.Popen(  # noqa: S603 - the command is the interpreter we chose and our own boot file
            [*command, str(BOOT)],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            cwd=home,
            env=scrubbed(os.environ, execution_id, home),
            start_new_session=True,
        )
    return SpawnedWorker(child, owner_id, execution_id)


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


def started_of(pid: int) -> float:
    """When a process started, as it is compared with itself only: by the boot clock, which no clock step changes.

    0 for one that has gone. Elsewhere than on Linux, in seconds since 1970.
    """
    if sys.platform == "linux":
        return float(protocol.start_ticks(pid))
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether the process itself still runs; a pid that was given to another process since does not count."""
    return find(identity) is not None


def find(identity: ProcessIdentity) -> psutil.Process | None:
    """The process itself, if it still runs."""
    if identity.pid <= 0 or started_of(identity.pid) != identity.started:
        return None
    try:
        process = psutil.Process(identity.pid)
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def age_seconds(identity: ProcessIdentity) -> float | None:
    """How long the process has run, by the boot clock; None where there is none."""
    if sys.platform != "linux":
        return None
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - identity.started / os.sysconf("SC_CLK_TCK"))


def carries_marker(identity: ProcessIdentity, execution_id: str) -> bool:
    """Whether the process runs, and is marked as one of that execution."""
    found = find(identity)
    return found is not None and _carries_marker(found, execution_id)


def memory_of(identity: ProcessIdentity) -> int:
    """The bytes of memory that a process and its descendants take; what they share counts once, where that is known."""
    worker = find(identity)
    return sum(map(_memory_of_one, [worker, *_children(worker)])) if worker is not None else 0


def _memory_of_one(process: psutil.Process) -> int:
    """The proportional set size, proc_pid_smaps(5), else the resident one."""
    try:
        with Path(f"/proc/{process.pid}/smaps_rollup").open() as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, ValueError, StopIteration):
        pass  # no such system, or no right to look
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


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


async def gone(identity: ProcessIdentity) -> None:
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
            if is_alive(identity):
                await _readable(descriptor)
        finally:
            os.close(descriptor)
        return
    await _polled(identity)


async def _polled(identity: ProcessIdentity) -> None:
    while is_alive(identity):
        await asyncio.sleep(_EXIT_POLL_SECONDS)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
