"""Looks for due ticks when the next one comes, when something changed, and every few seconds."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from orchestra.bus import CHANGES, Bus, SlowSubscriber
from orchestra.domain.events import ExecutionChanged, ScheduleChanged
from orchestra.domain.executions import ExecutionStatus
from orchestra.engine.clock import Clock
from orchestra_storage.haste import promptly

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5  # a wall clock that jumps, and what another server did, are seen at most so late
_BREATH_SECONDS = 0.05


class Ticker:
    """`settle` settles what is due at a moment, and answers when to look again."""

    def __init__(self, clock: Clock, bus: Bus, settle: Callable[[datetime], datetime | None]) -> None:
        self._clock = clock
        self._bus = bus
        self._settle = settle
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._listen(), name="ticker-listens"),
            asyncio.create_task(self._look_again_and_again(), name="ticker-looks"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def look(self) -> None:
        """Settle what is due now, one look at a time."""
        async with self._turn:
            try:
                following = await promptly(lambda: self._settle(datetime.now(UTC)))
            except Exception:
                log.exception("Schedules could not be looked at; it is tried again")
                return
        if following is not None:
            self._clock.run_at("next tick", following, self.look)

    async def _look_again_and_again(self) -> None:
        # The scheduler's own intervals stand still for as long as the wall clock was set back; this wait does not.
        while True:
            self._changed.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _LOOK_SECONDS)
            await asyncio.sleep(_BREATH_SECONDS)  # of many changes at once, one look finds all

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(SlowSubscriber), self._bus.subscribe(CHANGES) as changes:
                async for change in changes:
                    if _matters(change):
                        self._changed.set()


def _matters(change: object) -> bool:
    """A new schedule may be due before all others; an execution that ended may be what a queued tick waits for."""
    if isinstance(change, ExecutionChanged):
        return ExecutionStatus(change.status).is_final
    return isinstance(change, ScheduleChanged)
