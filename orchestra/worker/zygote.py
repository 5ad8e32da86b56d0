"""Forks a fresh worker for each job from a process that has loaded the framework already. Linux only.

Started as `python -I boot.py zygote`; descriptor 0 is a socket to the server, with JSON lines both ways. The first line
names the worker half to load, every other one is a job. It answers `ready` or `unfit`, then for each job, known by its
ticket, `started` and `exited`. Without a server it waits for its workers' ends, and leaves a note of each.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from . import protocol, runtime, seat
from .capture import unbuffer_standard_streams
from .descendants import children_of

_CHUNK = 1 << 20
_LOAD_SECONDS = 150  # a little more than the server's patience


def main() -> None:
    server = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    unbuffer_standard_streams()
    seat.keep_descendants()
    _Zygote(server).serve()
    os._exit(0)


class _Zygote:
    def __init__(self, server: socket.socket) -> None:
        self._server: socket.socket | None = server
        self._unread = b""
        self._jobs: dict[int, Mapping[str, Any]] = {}
        self._woken, self._wake = os.pipe()
        for descriptor in (self._woken, self._wake):
            os.set_blocking(descriptor, False)

    def serve(self) -> None:
        """Fork and reap until the server has gone and the last worker, too."""
        signal.signal(signal.SIGCHLD, _look_up)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        has_loaded = False
        while self._server is not None or self._jobs:
            for message in self._messages():
                if has_loaded:
                    self._fork(message)
                else:
                    has_loaded = True
                    self._load(message["preload"])
            self._reap()

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
        self._say(ready=os.getpid())

    def _messages(self) -> Iterator[dict[str, Any]]:
        """What the server has said, once there is something to do."""
        waiting = [self._woken] if self._server is None else [self._woken, self._server]
        ready = select.select(waiting, [], [], 1.0)[0]
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
        try:
            pid = os.fork()
        except OSError as error:
            self._say(refused=job["ticket"], reason=str(error))
            return
        if pid == 0:
            self._become_worker(job)
        self._jobs[pid] = job
        self._say(started=job["ticket"], pid=pid, ticks=protocol.start_ticks(pid))

    def _become_worker(self, job: Mapping[str, Any]) -> None:
        """In the child: cut all ties to the zygote, then run the job; never returns."""
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._woken)
            os.close(self._wake)
            if self._server is not None:
                self._server.close()
            seat.keep_descendants()  # not inherited by a fork
            if "numpy" in sys.modules:  # Python's own random numbers differ after a fork, numpy's would not
                sys.modules["numpy"].random.seed()
            runtime.execute(job)
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
        while found := [pid for pid in children_of(os.getpid()) if pid not in self._jobs]:
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
