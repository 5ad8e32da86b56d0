"""Stores events in batches, in the order in which they were read."""

import asyncio
import logging

from orchestra.domain.events import Event
from orchestra.engine.journal import Position
from orchestra_storage.history import History, Segment

log = logging.getLogger(__name__)

_FLUSH_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_BACKLOG_EVENTS = 50_000


class Ingest:
    """One for the whole server; everything happens on its event loop."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._waiting: list[Segment] = []
        self._events_waiting = 0
        self._put = 0
        self._stored = 0
        self._storing: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="ingest")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.flush()
        except Exception:
            log.exception("The last events could not be stored; they stay in their journals")

    @property
    def congested(self) -> bool:
        """True while storing does not keep up; readers then leave events in their journals, where they are safe."""
        return self._events_waiting > _BACKLOG_EVENTS

    def put(self, number: int, attempt: int, reached: Position, events: list[Event]) -> None:
        """Have the events stored soon, together with how far the journal was read."""
        self._waiting.append(Segment(number, attempt, reached.offset, events))
        self._events_waiting += len(events)
        self._put += 1
        self._wake.set()

    async def flush(self) -> None:
        """Return when all that was put so far is stored; raises what the store raised."""
        wanted = self._put
        while self._stored < wanted:  # what is put meanwhile is somebody else's to wait for
            if self._storing is None:
                batch, self._waiting, self._events_waiting = self._waiting, [], 0
                self._storing = asyncio.ensure_future(self._store(batch))
            await asyncio.shield(self._storing)

    async def _store(self, batch: list[Segment]) -> None:
        """Store the batch, or put it back in front: the next one must not be stored past a gap."""
        try:
            await asyncio.wrap_future(self._history.store(batch))
            self._stored += len(batch)
        except BaseException:
            self._waiting[:0] = batch
            self._events_waiting += sum(len(segment.events) for segment in batch)
            raise
        finally:
            self._storing = None

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_FLUSH_SECONDS)
            try:
                await self.flush()
            except Exception:
                log.exception("Events could not be stored, and stay in their journals; it is tried again.")
                self._wake.set()
                await asyncio.sleep(_RETRY_SECONDS)
