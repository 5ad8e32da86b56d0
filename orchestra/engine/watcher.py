"""Watches over one attempt's worker until it is gone: reads what it writes, and ends it when it must end."""

import asyncio
from collections.abc import Callable

from orchestra.engine import ladder
from orchestra.engine.attempt import Attempt
from orchestra.engine.enforcement import breach_of
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.process import WorkerProcess, memory_of
from orchestra.engine.reader import Reader

_WEIGH_SECONDS = 1.0


class Watcher:
    def __init__(self, reader: Reader, stop: Callable[[int, StopCause], bool]) -> None:
        self._reader = reader
        self._stop = stop

    async def until_over(self, attempt: Attempt, worker: WorkerProcess) -> int | None:
        """Return when the worker is gone, or free for another job; its exit code, if anybody can tell.

        It looks whenever the attempt is rung: by the worker, by its exit, by a wish to stop, by the runner's pulse.
        """
        exited = asyncio.create_task(worker.exited())
        exited.add_done_callback(lambda _: attempt.rung.set())
        weighing = asyncio.create_task(_weigh(attempt, worker)) if attempt.limits.memory_megabytes is not None else None
        ending: asyncio.Task[None] | None = None
        try:
            while not exited.done():
                self._reader.read(attempt)
                self._enforce_limits(attempt)
                if attempt.leaves_its_worker_free:
                    return 0
                if ending is None and (attempt.stopped is not None or attempt.ending is not None):
                    ending = asyncio.create_task(ladder.descend(attempt, worker, exited))
                await asyncio.sleep(0)  # others have their turn: to wait for what is rung already is no pause
                await attempt.rung.wait()
                attempt.rung.clear()
            if ending is not None:
                await ending
            return exited.result()
        finally:
            exited.cancel()
            if weighing is not None:
                weighing.cancel()

    async def until_ready(self, attempt: Attempt, preparing: "asyncio.Future[None]") -> None:
        """Wait for what comes before the worker, unless the attempt is stopped, or its time is up, before that."""
        preparing.add_done_callback(lambda _: attempt.rung.set())
        while not preparing.done() and attempt.stopped is None:
            self._enforce_limits(attempt)
            await attempt.rung.wait()
            attempt.rung.clear()

    def _enforce_limits(self, attempt: Attempt) -> None:
        if attempt.stopped is None and attempt.ending is None:
            cause = breach_of(attempt.limits, attempt.seconds, attempt.idle_seconds, attempt.memory_bytes)
            if cause is not None:
                self._stop(attempt.execution.number, cause)


async def _weigh(attempt: Attempt, worker: WorkerProcess) -> None:
    """Look again and again how much memory the worker and its descendants take."""
    while True:
        attempt.memory_bytes = await asyncio.to_thread(memory_of, worker.identity)
        attempt.rung.set()
        await asyncio.sleep(_WEIGH_SECONDS)
