"""Watches over one attempt's worker until it is gone: reads what it writes, and ends it when it must end."""

import asyncio
from collections.abc import Callable
from typing import Any

from orchestra.engine import ladder
from orchestra.engine.attempt import Attempt
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.process import WorkerProcess
from orchestra.engine.reader import Reader

_POLL_SECONDS = 0.5


class Watcher:
    def __init__(self, reader: Reader, stop: Callable[[int, StopCause], bool]) -> None:
        self._reader = reader
        self._stop = stop

    async def until_over(self, attempt: Attempt, worker: WorkerProcess) -> int | None:
        """Return when the worker is gone, or free for another job; its exit code, if anybody can tell."""
        exited = asyncio.create_task(worker.exited())
        ending: asyncio.Task[None] | None = None
        try:
            while not exited.done():
                self._reader.read(attempt)
                self._enforce_limits(attempt)
                if attempt.leaves_its_worker_free:
                    return 0
                if ending is None and (attempt.stopped is not None or attempt.ending is not None):
                    ending = asyncio.create_task(ladder.descend(attempt, worker, exited))
                await _first_of(exited, attempt.rung, _POLL_SECONDS)
                attempt.rung.clear()
            if ending is not None:
                await ending
            return exited.result()
        finally:
            exited.cancel()

    async def until_ready(self, attempt: Attempt, preparing: "asyncio.Future[None]") -> None:
        """Wait for what comes before the worker, unless the attempt is stopped, or its time is up, before that."""
        while not preparing.done() and attempt.stopped is None:
            self._enforce_limits(attempt)
            await _first_of(preparing, attempt.rung, _POLL_SECONDS)
            attempt.rung.clear()

    def _enforce_limits(self, attempt: Attempt) -> None:
        if attempt.stopped is None and attempt.seconds >= attempt.limits.timeout_seconds:
            self._stop(attempt.execution.number, StopCause.TIMEOUT)


async def _first_of(exited: "asyncio.Future[Any]", rung: asyncio.Event, seconds: float) -> None:
    ringing = asyncio.ensure_future(rung.wait())
    try:
        await asyncio.wait({exited, ringing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()
