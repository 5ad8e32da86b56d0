"""Forks a fresh worker for each job from a process that has loaded the framework already. Linux only.

Started as `python -I boot.py zygote`; descriptor 0 is a socket to the server, with JSON lines both ways. The first line
names the worker half to load, every other one is a job. It answers `ready` or `unfit`, then for each job, known by its
ticket, `started` and `exited`. Without a server it waits for its workers' ends, and leaves a note of each.

In quiet moments it forks one worker ahead, which waits for its job in a pipe: then nobody waits for the fork.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import protocol, runtime, seat
from .capture import unbuffer_standard_streams
from .descendants import children_of

_CHUNK = 1 << 20
_QUIET_SECONDS = 0.002
_QUIET_AMONG_WORKERS_SECONDS = 0.05  # their ends come first
_LOOK_SECONDS = 1.0
_LOAD_SECONDS = 150  # a little more than the server's patience


def main() -> None:
    server = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    unbuffer_standard_streams()
    seat.keep_descendants()
    seat.look_ahead()
    _Zygote(server).serve()
    os._exit(0)


class _Zygote:
    def __init__(self, server: socket.socket) -> None:
        self._server: socket.socket | None = server
        self._unread = b""
        self._jobs: dict[int, Mapping[str, Any]] = {}
        self._spare: tuple[int, int] | None = None  # its process, and where it takes its job from
        self._is_ready = False
        self._woken, self._wake = os.pipe()
        for descriptor in (self._woken, self._wake):
            os.set_blocking(descriptor, False)

    def serve(self) -> None:
        """Fork and reap until the server has gone and the last worker, too."""
        signal.signal(signal.SIGCHLD, _look_up)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        has_loaded = False
        while self._server is not None or self._jobs:
            if not self._is_busy():
                self._fork_ahead()
            for message in self._messages():
                if has_loaded:
                    self._fork(message)
                else:
                    has_loaded = True
                    self._load(message["preload"])
            self._reap()
        self._dismiss_spare()

    def _load(self, adapter: str) -> None:
        signal.alarm(_LOAD_SECONDS)  # an import that hangs must not stay for ever, when no server is there to end it
        fault = runtime.preload(adapter)
        signal.alarm(0)
        signal.signal(signal.SIGCHLD, _look_up)  # frameworks may have replaced it at import
        threads = len(os.listdir("/proc/self/task"))
        if fault is None and threads > 1:
            fault = f"{threads} threads run after its import"
        if fault is not None:
            self._say(unfit=fault)
            return
        gc.collect()
        gc.freeze()  # what is there now is never collected, so that its pages stay shared
        self._is_ready = True
        self._say(ready=os.getpid())

    def _is_busy(self) -> bool:
        """Whether anything comes in the next moment, or there is nothing to be done in quiet ones."""
        if self._spare is not None or not self._is_ready or self._server is None:
            return True
        quiet = _QUIET_AMONG_WORKERS_SECONDS if self._jobs else _QUIET_SECONDS
        return bool(select.select([self._woken, self._server], [], [], quiet)[0])

    def _messages(self) -> Iterator[dict[str, Any]]:
        """What the server has said, once there is something to do."""
        waiting = [self._woken] if self._server is None else [self._woken, self._server]
        ready = select.select(waiting, [], [], _LOOK_SECONDS)[0]
        if self._woken in ready:
            _drain(self._woken)
        if self._server is None or self._server not in ready:
            return
        try:
            chunk = self._server.recv(_CHUNK)
        except OSError:
            chunk = b""
        if not chunk:
            self._server.close()
            self._server = None
            return
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def _fork(self, job: Mapping[str, Any]) -> None:
        pid = self._give_to_spare(job)
        if pid is None:
            try:
                pid = os.fork()
            except OSError as error:
                self._say(refused=job["ticket"], reason=str(error))
                return
            if pid == 0:
                self._become_worker(lambda: job)
        self._jobs[pid] = job
        self._say(started=job["ticket"], pid=pid, ticks=protocol.start_ticks(pid))

    def _fork_ahead(self) -> None:
        """Have a worker wait for the next job; where there is no room for one, the next job is forked for."""
        taken, given = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(taken)
            os.close(given)
            return
        if pid == 0:
            os.close(given)
            self._become_worker(lambda: _job_from(taken))
        os.close(taken)
        self._spare = (pid, given)

    def _give_to_spare(self, job: Mapping[str, Any]) -> int | None:
        """The worker that waited, and has the job now; None if there is none."""
        if self._spare is None:
            return None
        (pid, given), self._spare = self._spare, None
        try:
            with open(given, "wb") as pipe:
                pipe.write(json.dumps(job).encode())
        except OSError:
            return None  # something has ended it
        return pid

    def _dismiss_spare(self) -> None:
        if self._spare is not None:
            os.close(self._spare[1])
            self._spare = None

    def _become_worker(self, wait_for_job: Callable[[], Mapping[str, Any]]) -> None:
        """In the child: cut all ties to the zygote, then run the job; never returns."""
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._woken)
            os.close(self._wake)
            if self._server is not None:
                self._server.close()
            if self._spare is not None:
                os.close(self._spare[1])
            seat.keep_descendants()  # not inherited by a fork
            if "numpy" in sys.modules:  # Python's own random numbers differ after a fork, numpy's would not
                sys.modules["numpy"].random.seed()
            runtime.execute(wait_for_job())
        finally:
            os._exit(1)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._spare is not None and self._spare[0] == pid:
                self._dismiss_spare()
            job = self._jobs.pop(pid, None)
            if job is not None:
                self._tell_exit(job, os.waitstatus_to_exitcode(status))

    def _tell_exit(self, job: Mapping[str, Any], code: int) -> None:
        orphans = self._kill_orphans()
        if code:
            _leave_note(job["journal"], code)
        self._say(exited=job["ticket"], code=code, orphans=orphans)

    def _kill_orphans(self) -> int:
        """Kill what dead workers have left; how many.

        Living workers take in the orphans of their own tree, so a child that is no worker belongs to a dead one.
        """
        killed: set[int] = set()
        ours = {*self._jobs, self._spare[0]} if self._spare is not None else set(self._jobs)
        while found := [pid for pid in children_of(os.getpid()) if pid not in ours]:
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except OSError:
                    pass  # gone meanwhile
            if killed.issuperset(found):
                break  # it cannot be killed: not ours to wait for
            killed.update(found)
        return len(killed)

    def _say(self, **message: Any) -> None:
        if self._server is None:
            return
        try:
            self._server.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self._server = None


def _job_from(pipe: int) -> Mapping[str, Any]:
    """The job that comes through the pipe; leaves the process if none does, because the zygote has no use for it."""
    if not select.select([pipe], [], [], 0)[0]:  # one whose job is here already does that instead
        runtime.rehearse()
    with open(pipe, "rb") as file:
        job = file.read()
    if not job:
        os._exit(0)
    message: Mapping[str, Any] = json.loads(job)
    return message


def _look_up(*_: Any) -> None:
    """A child has ended; the descriptor for wake-ups has said so already."""


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass


def _leave_note(folder: str, code: int) -> None:
    path = os.path.join(folder, protocol.EXIT)
    try:
        with open(path + ".new", "w") as file:
            file.write(f"{code}\n")
        os.rename(path + ".new", path)
    except OSError:
        pass  # a full disk, or a folder that the run took away: then the code is unknown
