"""The server's end of a zygote: asks it for a fresh worker, and hears how workers end."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from orchestra.domain.executions import ProcessIdentity
from orchestra.engine.process import BOOT, WorkerProcess, gone, is_alive, scrubbed
from orchestra.worker import protocol

_LOAD_SECONDS = 120.0
_SILENCE_SECONDS = 8.0
_LOOK_SECONDS = 1.0
_WORD_SECONDS = 2.0
_LINE_BYTES = 1 << 16


class NotWarm(Exception):
    """There is no such zygote, or it cannot be forked from; the reason is for the log."""


class ForkedWorker(WorkerProcess):
    """A worker that a zygote forked: the zygote sees its exit, and ends what it leaves behind."""

    def __init__(self, identity: ProcessIdentity, execution_id: str, ending: "asyncio.Future[int]") -> None:
        super().__init__(identity, execution_id)
        self._ending = ending

    async def exited(self) -> int | None:
        """As the zygote tells; if that has gone itself, or does not answer, nobody can tell the code."""
        try:
            code = await self._word_of_the_zygote()
        except NotWarm:
            await gone(self.identity)
            return None
        self.leaves_nothing = True
        return code

    async def _word_of_the_zygote(self) -> int:
        """The code; NotWarm if it does not come. A look now and then is cheaper than a descriptor for each worker."""
        has_ended = False
        while not (await asyncio.wait({self._ending}, timeout=_WORD_SECONDS))[0]:
            if has_ended:
                raise NotWarm("the zygote does not tell how its worker ended")
            has_ended = not is_alive(self.identity)
        return self._ending.result()


class Zygote:
    """One process that has loaded one framework; used on the event loop only."""

    def __init__(self, child: subprocess.Popen[bytes], writer: asyncio.StreamWriter) -> None:
        self._child = child
        self._writer = writer
        self._starting: dict[str, asyncio.Future[ProcessIdentity]] = {}
        self._ending: dict[str, asyncio.Future[int]] = {}
        self._loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listening: asyncio.Task[None] | None = None
        self._has_gone = False
        self._heard_at = 0.0
        self.used_at = time.monotonic()

    @classmethod
    async def start(cls, command: tuple[str, ...], adapter: Path, home: Path) -> "Zygote":
        """A zygote that has loaded the worker half; NotWarm, with the reason, if it cannot be forked from."""
        ours, theirs = socket.socketpair()
        with theirs:
            child = await asyncio.to_thread(_spawn, command, home, theirs)
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LINE_BYTES)
        zygote = cls(child, writer)
        zygote._listening = asyncio.create_task(zygote._listen(reader), name=f"zygote-{child.pid}")
        zygote._say({"preload": str(adapter)})
        try:
            await asyncio.wait_for(asyncio.shield(zygote._loading), _LOAD_SECONDS)
        except BaseException as error:
            zygote.kill()  # also when nobody wants it any more: it may never come to the end of its import
            if isinstance(error, NotWarm | TimeoutError):
                raise NotWarm(str(error) or f"it took longer than {_LOAD_SECONDS:.0f} s to load") from error
            raise
        return zygote

    @property
    def is_live(self) -> bool:
        return not self._has_gone

    @property
    def is_idle(self) -> bool:
        return not self._starting and not self._ending

    async def fork(self, execution_id: str, job: dict[str, object]) -> ForkedWorker:
        """A fresh worker with this job; NotWarm if there cannot be one."""
        if not self.is_live:
            raise NotWarm("the zygote has ended")
        ticket = str(job["ticket"])
        loop = asyncio.get_running_loop()
        self._starting[ticket], self._ending[ticket] = starting, ending = loop.create_future(), loop.create_future()
        ending.add_done_callback(_look_at)
        self.used_at = time.monotonic()
        self._say(job)
        try:
            return ForkedWorker(await self._answer(starting), execution_id, ending)
        except NotWarm:
            self._ending.pop(ticket, None)
            raise

    async def _answer(self, starting: "asyncio.Future[ProcessIdentity]") -> ProcessIdentity:
        """The worker that was asked for. A zygote may have much to do, but one that says nothing at all hangs."""
        asked = time.monotonic()
        while not (await asyncio.wait({starting}, timeout=_LOOK_SECONDS))[0]:
            if time.monotonic() - max(asked, self._heard_at) > _SILENCE_SECONDS:
                self.kill()
                raise NotWarm(f"the zygote has said nothing for {_SILENCE_SECONDS:.0f} s")
        return starting.result()

    def close(self) -> None:
        """Let it go when its last worker has ended; those are not harmed."""
        self._writer.close()

    def kill(self) -> None:
        """End it at once. Its workers go on, but nobody can tell how they end."""
        self._has_gone = True
        self.close()
        self._child.kill()

    def _say(self, message: dict[str, object]) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._hear(json.loads(line))
        except (OSError, ValueError):
            pass  # it has gone, or talks nonsense
        finally:
            self._has_gone = True
            self._fail_all()
            self._writer.close()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.to_thread(self._child.wait)

    def _hear(self, message: dict[str, Any]) -> None:
        self._heard_at = time.monotonic()
        match message:
            case {"started": ticket, "pid": pid, "ticks": ticks}:
                _settle(self._starting.pop(ticket, None), ProcessIdentity(pid, float(ticks)))
            case {"exited": ticket, "code": code}:
                self.used_at = time.monotonic()
                _settle(self._ending.pop(ticket, None), code)
            case {"refused": ticket, "reason": reason}:
                _fail(self._starting.pop(ticket, None), str(reason))
            case {"ready": _}:
                _settle(self._loading, None)
            case {"unfit": reason}:
                _fail(self._loading, str(reason))
            case _:
                pass

    def _fail_all(self) -> None:
        for waiting in (self._loading, *self._starting.values(), *self._ending.values()):
            _fail(waiting, "the zygote has ended")
        self._starting.clear()
        self._ending.clear()


def _spawn(command: tuple[str, ...], home: Path, control: socket.socket) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return subprocess.Popen(  # noqa: S603 - the command is the interpreter we chose and our own boot file
        [*command, str(BOOT), "zygote"],
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        env=scrubbed(os.environ, protocol.NO_EXECUTION, home),
        start_new_session=True,
    )


def _settle(future: "asyncio.Future[Any] | None", value: object) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def _fail(future: "asyncio.Future[Any] | None", reason: str) -> None:
    if future is not None and not future.done():
        future.set_exception(NotWarm(reason))
        _look_at(future)


def _look_at(future: "asyncio.Future[Any]") -> None:
    """Nobody may be waiting, and asyncio would complain of an error that nobody looked at."""
    if not future.cancelled():
        future.exception()
