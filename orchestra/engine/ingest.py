"""Stores events in batches, in the order in which they were read."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Generator

from orchestra.domain.events import Event
from orchestra.domain.executions import Execution
from orchestra.engine.journal import PlainLines, Position
from orchestra.engine.recent import Recent
from orchestra_storage.haste import refuse_haste
from orchestra_storage.history import History, OutputSegment, Segment

log = logging.getLogger(__name__)

_FLUSH_SECONDS = 0.25
_MUCH_EVENTS = 500
_RETRY_SECONDS = 1.0
_SETTLE_SECONDS = 5.0
_BACKLOG_EVENTS = 50_000


class Ingest:
    """One for the whole server; everything happens on its event loop."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.recent = Recent()
        self._waiting: list[Segment | OutputSegment] = []
        self._ended: list[tuple[Execution, Callable[[], None]]] = []
        self._closing: set[asyncio.Future[None]] = set()
        self._events_waiting = 0
        self._put = 0
        self._stored = 0
        self._storing: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_much = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
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

    @property
    def edition(self) -> tuple[int, ...]:
        """What stands for all events there are, stored or not: the same as before only if none came or was
        stored."""
        return self.recent.edition, self._put, self._stored

    def put(self, number: int, attempt: int, reached: Position, events: list[Event]) -> None:
        """Have the events stored soon, together with how far the journal was read."""
        self.recent.add(number, events)
        self._waiting.append(Segment(number, attempt, reached.offset, events))
        self._events_waiting += len(events)
        self._put += 1
        self._ring()

    def put_output(self, number: int, attempt: int, reached: Position, lines: PlainLines) -> None:
        """Have lines of captured output stored soon, as they stand in the journal."""
        segment = OutputSegment(number, attempt, reached.offset, lines.first_seq, lines.count, lines.lines)
        self.recent.forget(number)
        self._waiting.append(segment)
        self._events_waiting += segment.weight
        self._put += 1
        self._ring()

    def record(self, execution: Execution, then: Callable[[], None]) -> None:
        """Have an execution that ended recorded behind its events; `then` is called when both are stored."""
        self._ended.append((execution, then))
        self._put += 1
        self._wake.set()

    def _ring(self) -> None:
        self._wake.set()
        if self._events_waiting >= _MUCH_EVENTS:
            self._is_much.set()

    async def flush(self) -> None:
        """Return when all that was put so far is stored; raises what the store raised."""
        wanted = self._put
        while self._stored < wanted:  # what is put meanwhile is somebody else's to wait for
            if self._storing is None:
                batch, self._waiting, self._events_waiting = self._waiting, [], 0
                self._is_much.clear()
                ended, self._ended = self._ended, []
                self._storing = asyncio.ensure_future(self._store(batch, ended))
            await asyncio.shield(self._storing)

    def settle(self) -> None:
        """Wait, in any thread but the event loop's, until all that was put so far is stored, or cannot be."""
        if self._loop is None or (self._stored == self._put and not self._closing):
            return
        refuse_haste()
        with contextlib.suppress(Exception):  # then what is stored is all there is to read
            asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result(_SETTLE_SECONDS)

    async def _settle(self) -> None:
        if self._closing:
            await asyncio.wait(set(self._closing))
        await self.flush()

    @contextlib.contextmanager
    def closing(self) -> Generator[None]:
        """While an execution is being closed: whoever reads its end in the database must find it in the history."""
        closing = asyncio.get_running_loop().create_future()
        self._closing.add(closing)
        try:
            yield
        finally:
            self._closing.discard(closing)
            closing.set_result(None)

    async def _store(
        self, batch: list[Segment | OutputSegment], ended: list[tuple[Execution, Callable[[], None]]]
    ) -> None:
        """Store all, or put it back in front: the next batch must not be stored past a gap."""
        try:
            await asyncio.wrap_future(self._history.store(batch, [execution for execution, _ in ended]))
            self._stored += len(batch) + len(ended)
        except BaseException:
            self._waiting[:0] = batch
            self._ended[:0] = ended
            self._events_waiting += sum(segment.weight for segment in batch)
            raise
        finally:
            self._storing = None
        for _, then in ended:
            then()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):  # while a flood comes in, the store has no rest
                await asyncio.wait_for(self._is_much.wait(), _FLUSH_SECONDS)
            try:
                await self.flush()
            except Exception:
                log.exception("Events could not be stored, and stay in their journals; it is tried again.")
                self._wake.set()
                await asyncio.sleep(_RETRY_SECONDS)
