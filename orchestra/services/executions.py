"""What a person can do with executions."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Unpack

from orchestra.bus import CHANGES, Bus, end_topic, execution_topic
from orchestra.domain.events import Event, EventKind, ExecutionChanged, LogLevel
from orchestra.domain.executions import Execution, ExecutionFilter, ExecutionStatus, PastAttempt
from orchestra.domain.identity import Admission, Permission, Principal
from orchestra.domain.pages import Page
from orchestra.engine.engine import Engine
from orchestra.engine.ingest import Ingest
from orchestra.errors import AlreadyEnded, Conflict, NotFound
from orchestra.services.frameworks import FrameworkService
from orchestra.services.starting import (
    StartRequest,
    accept,
    check_key,
    check_request,
    fingerprint_of,
    remember,
    started_before,
)
from orchestra.services.watch import Watch
from orchestra_storage.haste import promptly
from orchestra_storage.history import History
from orchestra_storage.unit import Storage

_REPLAY_EVENTS = 1000
_UNREAD_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Log lines from `offset` on, out of `total`."""

    logs: Sequence[Event]
    offset: int
    limit: int
    total: int


class ExecutionService:
    def __init__(
        self,
        storage: Storage,
        history: History,
        bus: Bus,
        engine: Engine,
        ingest: Ingest,
        frameworks: FrameworkService,
        watch: Watch,
    ) -> None:
        self._storage = storage
        self._history = history
        self._bus = bus
        self._engine = engine
        self._ingest = ingest
        self._frameworks = frameworks
        self._watch = watch

    def list(
        self, principal: Principal, *, page: int = 1, limit: int = 20, **filters: Unpack[ExecutionFilter]
    ) -> Page[Execution]:
        """A page of the executions that the person sees, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.executions.page(principal.visible_owner, page=page, limit=limit, **filters)

    def get(self, principal: Principal, execution_id: str) -> Execution:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            execution = unit.executions.get_visible(principal.visible_owner, execution_id)
        if execution is None:
            raise NotFound("execution", execution_id)
        return execution

    async def wait_for_end(self, admission: Admission, execution_id: str, seconds: float) -> None:
        """Return once the execution has ended, or after so many seconds.

        AdmissionEnded if the admission is over by then.
        """
        with self._bus.subscribe(end_topic(execution_id)) as end:
            execution = await promptly(lambda: self.get(admission.principal, execution_id))
            if execution.status.is_final:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(end.get(), seconds)
        await self._watch.check(admission)

    def past_attempts(self, principal: Principal, execution_id: str) -> Sequence[PastAttempt]:
        """The execution's attempts that did not end it, in order."""
        return self.past_attempts_of(self.get(principal, execution_id))

    def past_attempts_of(self, execution: Execution) -> Sequence[PastAttempt]:
        """The same of an execution that was found already."""
        if execution.attempt == 1:
            return ()
        with self._storage.read() as unit:
            return unit.attempts.of(execution.number)

    def queue_position(self, principal: Principal, execution_id: str) -> int | None:
        """Which one it is in the order in which executions start, from 1; None if it does not wait for a slot."""
        return self.queue_position_of(self.get(principal, execution_id))

    def queue_position_of(self, execution: Execution) -> int | None:
        """The same of an execution that was found already."""
        if execution.status is not ExecutionStatus.PENDING:
            return None
        with self._storage.read() as unit:
            return unit.queue.position(execution)

    def start(self, principal: Principal, request: StartRequest) -> Execution:
        """Accept an execution: it is PENDING in the database when this returns, and runs when a slot is free."""
        return self.start_once(principal, request, None)[0]

    def start_once(self, principal: Principal, request: StartRequest, key: str | None) -> tuple[Execution, bool]:
        """The same for every request with the same idempotency key; and whether it was started before."""
        principal.require(Permission.RUN)
        check_request(request)
        fingerprint = fingerprint_of(request)
        with self._storage.write() as unit:
            if key is not None:
                check_key(key)
                if before := started_before(unit, principal.user_id, key, fingerprint):
                    return before, True
            agent = unit.agents.get_visible(principal.visible_owner, request.agent_id)
            if agent is None:
                raise NotFound("agent", request.agent_id)
            execution = accept(unit, self._frameworks, agent, request, principal.key_id)
            if key is not None:
                remember(unit, principal.user_id, key, fingerprint, execution)
        self.started(execution)
        return execution, False

    def started(self, execution: Execution) -> None:
        """An execution was accepted: tell who watches, and have the queue look."""
        self._tell(execution)
        self._engine.wake()

    def retry(self, principal: Principal, execution_id: str, key: str | None = None) -> tuple[Execution, bool]:
        """A new execution of the same agent with what the ended one was given; Conflict if it has not ended."""
        principal.require(Permission.RUN)
        original = self.get(principal, execution_id)
        if not original.status.is_final:
            raise Conflict(f"The execution is still {original.status.value}. Cancel it first, or wait for its end.")
        request = StartRequest(
            agent_id=original.agent_id,
            input=original.input,
            configuration=original.configuration,
            environment=original.environment,
            retry_of=original.id,
            priority=original.priority,
            agent_version=original.agent_version,
            is_whole=True,
        )
        return self.start_once(principal, request, key)

    def cancel(self, principal: Principal, execution_id: str) -> Execution:
        """Have an execution stopped; AlreadyEnded if there is nothing to stop any more."""
        principal.require(Permission.RUN)
        execution = self.get(principal, execution_id)
        if not execution.status.is_final:
            with self._storage.write() as unit:
                recorded = unit.executions.request_cancel(execution.number, datetime.now(UTC))
            if recorded:
                self._engine.cancel(execution)
                self._tell(execution)
                return self.get(principal, execution_id)
            execution = self.get(principal, execution_id)
        raise AlreadyEnded(f"The execution has ended already: it is {execution.status.value}.")

    def cancel_all(self, executions: Sequence[Execution]) -> None:
        """Have all these stopped."""
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            for execution in executions:
                unit.executions.request_cancel(execution.number, now)
        for execution in executions:
            self._engine.cancel(execution)

    def logs(
        self, principal: Principal, execution_id: str, *, level: LogLevel | None, offset: int, limit: int
    ) -> LogPage:
        """Log lines in order, those of one level only if it is given."""
        return self.logs_of(self.get(principal, execution_id), level=level, offset=offset, limit=limit)

    def logs_of(self, execution: Execution, *, level: LogLevel | None, offset: int, limit: int) -> LogPage:
        """The same of an execution that was found already."""
        if execution.started_at is None and not execution.status.is_final:
            return LogPage([], offset, limit, 0)
        if (recent := self._ingest.recent.of(execution.number)) is not None:
            lines = [one for one in recent if one.kind is EventKind.LOG and level in {None, one.level}]
            return LogPage(lines[offset : offset + limit], offset, limit, len(lines))
        if execution.status.is_final:
            self._ingest.settle()  # what is said to have ended is whole
        logs, total = self._history.logs(execution.number, level=level, offset=offset, limit=limit)
        return LogPage(logs, offset, limit, total)

    async def follow(
        self,
        principal: Principal,
        execution_id: str,
        after: tuple[int, int] | None = None,
        admission: Admission | None = None,
    ) -> AsyncGenerator[Sequence[Event]]:
        """All events after (attempt, seq), the stored ones first, then live ones, without gap or repeat, to the end.

        AdmissionEnded as soon as the admission is over, if it is given.
        """
        execution = await asyncio.to_thread(self.get, principal, execution_id)
        topic = execution_topic(execution_id)
        with self._bus.subscribe(topic, _UNREAD_BYTES) as live, self._watch.over(live, admission):
            # All that was published before we subscribed gets stored now, all later events come by the subscription.
            await self._ingest.flush()
            ended = (await asyncio.to_thread(self.get, principal, execution_id)).status.is_final
            while events := await asyncio.to_thread(
                self._history.events, execution.number, after=after, limit=_REPLAY_EVENTS
            ):
                live.check()
                after = (events[-1].attempt, events[-1].seq)
                yield events
                ended = ended or is_last(events[-1])
            if ended:
                return
            async for published in live:
                events = _behind(published, after)
                if events:
                    after = (events[-1].attempt, events[-1].seq)
                    yield events
                if any(map(is_last, published)):
                    return

    def _tell(self, execution: Execution) -> None:
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, execution.status.value)
        self._bus.publish(CHANGES, changed)


def _behind(events: Sequence[Event], after: tuple[int, int] | None) -> Sequence[Event]:
    """The events behind (attempt, seq); the very same sequence if that is all of them, since readers share it."""
    if after is None or not events or (events[0].attempt, events[0].seq) > after:
        return events
    return [event for event in events if (event.attempt, event.seq) > after]


def is_last(event: Event) -> bool:
    """True for the event that tells an execution's end; that of an attempt alone is none."""
    if event.kind is not EventKind.STATUS:
        return False
    status = event.data.get("status")
    return status in {s.value for s in ExecutionStatus if s.is_final}
