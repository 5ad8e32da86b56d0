"""The engine as the rest of the server sees it: start, stop, look for work, cancel."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from orchestra.domain.executions import Execution
from orchestra.engine.bell import Bell
from orchestra.engine.clock import Clock
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.pool import Pool
from orchestra.engine.queue import Queue, Slots
from orchestra.engine.runner import Runner
from orchestra.engine.surroundings import Surroundings

log = logging.getLogger(__name__)

_DRAIN_POLL_SECONDS = 0.05


class Engine:
    """Runs on the server's event loop; `wake` and `cancel` may be called from any thread."""

    def __init__(self, surroundings: Surroundings, clock: Clock, pool: Pool, slots: Slots) -> None:
        self._with = surroundings
        self._pool = pool
        self._runner = Runner(surroundings, pool)
        self._clock = clock
        self._slots = slots
        self._queue = Queue(
            surroundings.storage,
            surroundings.bus,
            slots,
            busy=lambda: self._under_way,
            run=self._run,
            end=self._runner.end_unstarted,
        )
        self._bell = Bell(surroundings.bell, self._runner.ring)
        self._under_way = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def slots(self) -> Slots:
        return self._slots

    @property
    def running(self) -> int:
        """How many executions are under way."""
        return self._under_way

    async def start(self) -> None:
        """Take up what an earlier server left, then look for work."""
        self._loop = asyncio.get_running_loop()
        self._with.ingest.start()
        self._bell.start()
        self._clock.start()
        self._pool.start()
        self._runner.start()
        await self._recover()
        self._queue.start()

    async def drain(self, seconds: float, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Claim nothing more, and give what runs so long to end; what does not, goes on without us.

        Requests are still answered meanwhile, so that runs reach their models. `is_urgent` ends the wait.
        """
        await self._queue.stop()
        deadline = time.monotonic() + seconds
        while self._under_way and time.monotonic() < deadline and not is_urgent():
            await asyncio.sleep(_DRAIN_POLL_SECONDS)

    async def stop(self) -> None:
        """Claim nothing more. Workers go on without us, and the next start finds them."""
        await self._queue.stop()
        if self._under_way:
            log.warning("%d executions go on running; the next start picks them up", self._under_way)
        await self._clock.stop()
        await self._pool.stop()
        await self._runner.stop_looking()
        self._bell.stop()
        await self._with.ingest.stop()

    def wake(self) -> None:
        """Something was accepted: look for it now."""
        self._queue.wake()

    def cancel(self, execution: Execution) -> None:
        """Have an execution stopped whose wish to be cancelled is recorded."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel, execution)

    def _cancel(self, execution: Execution) -> None:
        if not self._runner.stop(execution.number, StopCause.CANCEL):
            self._queue.wake()

    async def _recover(self) -> None:
        running, unrecorded = await asyncio.to_thread(self._left_behind)
        for execution in running:
            self._restore_key(execution)  # before we answer: its worker may call the gateway at once
            log.info("Execution %s was running when the server ended", execution.id)
            self._hand_over(execution, self._runner.resume)
        for execution in unrecorded:
            await self._runner.record_again(execution)

    def _restore_key(self, execution: Execution) -> None:
        self._with.keys.issue(execution.number, execution.attempt)
        if execution.cancel_requested_at is not None:
            self._with.keys.revoke(execution.number)

    def _left_behind(self) -> tuple[Sequence[Execution], Sequence[Execution]]:
        with self._with.storage.read() as unit:
            return unit.executions.running(), unit.recording.due()

    def _run(self, execution: Execution) -> None:
        if execution.attempt == 1:
            self._with.ingest.recent.begin(execution.number)
        self._hand_over(execution, self._runner.run)

    def _hand_over(self, execution: Execution, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        self._under_way += 1
        self._clock.run_now(f"{execution.id}-{execution.attempt}", self._work, work, execution, *arguments)

    async def _work(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        try:
            await work(*arguments)
        finally:
            self._under_way -= 1
            self._queue.slot_freed()
