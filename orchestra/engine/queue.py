"""Claims accepted executions when a slot is free, and hands them to the clock."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import ExecutionChanged
from orchestra.domain.executions import Execution
from orchestra_storage.haste import promptly
from orchestra_storage.queue import Look
from orchestra_storage.unit import Storage, Unit

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_BREATH_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Slots:
    """How many executions run at once, and how many of a framework, if that is less."""

    total: int
    of_framework: Mapping[str, int] = field(default_factory=dict[str, int])


class Queue:
    """One for the whole server. The database is the queue; this only decides when to look."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        slots: Slots,
        busy: Callable[[], int],
        run: Callable[[Execution], None],
        end: Callable[[Execution], Awaitable[None]],
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._slots = slots
        self._busy = busy
        self._run = run
        self._end = end
        self._wake = asyncio.Event()
        self._is_any_left = False
        self._slots_freed = 0
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._look_for_work(), name="queue")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look now: something was accepted, or a slot became free. Callable from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def slot_freed(self) -> None:
        """An execution has ended: look, if anything was left waiting. On the event loop only."""
        self._slots_freed += 1
        if self._is_any_left:
            self._wake.set()

    async def _look_for_work(self) -> None:
        while True:
            pause = _POLL_SECONDS
            if self._is_any_left:
                await asyncio.sleep(_BREATH_SECONDS)  # what becomes free meanwhile is given away in one transaction
            is_woken = self._wake.is_set()
            self._wake.clear()
            try:
                pause = await self._look(is_woken)
            except Exception:
                log.exception("The queue could not be read; it is tried again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)

    async def _look(self, is_woken: bool) -> float:
        """Claim what there are slots for; after how many seconds to look again, if nobody wakes us."""
        free = self._slots.total - self._busy()
        freed_before = self._slots_freed
        cancelled, claimed, after = await promptly(lambda: self._look_at_rows(max(0, free), is_woken))
        self._is_any_left, due = after.has_work, after.next_attempt_at
        if self._is_any_left and self._slots_freed != freed_before:
            self._wake.set()  # one became free while we looked
        for execution in cancelled:  # somebody cancelled these before they had a slot; they need none to end
            await self._end(execution)
        for execution in claimed:
            self._run(execution)
            self._bus.publish(
                CHANGES, ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, execution.status.value)
            )
        return _POLL_SECONDS if due is None else min(_POLL_SECONDS, max(0.0, (due - datetime.now(UTC)).total_seconds()))

    def _look_at_rows(self, limit: int, is_woken: bool) -> tuple[Sequence[Execution], Sequence[Execution], Look]:
        """What was cancelled before it had a slot, what was claimed, and how the queue stands after that."""
        now = datetime.now(UTC)
        if not is_woken or limit == 0:  # then there is hardly ever anything to claim, and reading is cheaper
            with self._storage.read() as unit:
                look = unit.queue.look(now)
                if limit == 0 or not look.has_work:
                    return _cancelled(unit, look), (), look
        with self._storage.write() as unit:
            look = unit.queue.look(now)
            cancelled = _cancelled(unit, look)
            if not look.has_work:
                return cancelled, (), look
            claimed = unit.queue.claim(limit, now, self._slots.of_framework, uuid.uuid4().hex)
            return cancelled, claimed, unit.queue.look(now)


def _cancelled(unit: Unit, look: Look) -> Sequence[Execution]:
    return unit.executions.cancelled_before_start() if look.has_cancelled else ()
