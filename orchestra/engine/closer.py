"""Writes an execution's end, once: into its journal, the history, then the database."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from orchestra.bus import CHANGES
from orchestra.domain.events import Event, EventKind, ExecutionChanged, LogLevel
from orchestra.domain.executions import Execution, ExecutionStatus, Outcome
from orchestra.engine import lifecycle
from orchestra.engine.attempt import Attempt
from orchestra.engine.leftover import unwritten_output
from orchestra.engine.reader import Reader
from orchestra.engine.surroundings import Surroundings

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0


class Closer:
    def __init__(self, surroundings: Surroundings, reader: Reader) -> None:
        self._with = surroundings
        self._reader = reader

    async def close(self, attempt: Attempt, outcome: Outcome) -> None:
        """Write the end and tell whoever listens; the order lets a crash in between be made good at the next start."""
        execution = attempt.execution
        self._with.keys.revoke(execution.number)
        last = await self._close_journal(attempt, outcome)
        ended_at = attempt.ended_at or datetime.now(UTC)
        await self._store_history(execution, outcome, ended_at)
        await _insist(lambda: asyncio.to_thread(self._finish, execution.number, outcome, ended_at))
        self._reader.publish(attempt, last)  # only now: who hears of the end finds it in the database
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, outcome.status.value)
        self._with.bus.publish(CHANGES, changed)

    async def _close_journal(self, attempt: Attempt, outcome: Outcome) -> list[Event]:
        """The last events. The journal lies where the guest can spoil it, so nothing of it may keep the end away."""
        try:
            await asyncio.to_thread(_write_last_line, attempt, outcome)
            last = await self._reader.rest(attempt, trusted=True)
        except Exception:
            log.exception("The journal of execution %s could not be closed", attempt.execution.id)
            last = []
        if not any(lifecycle.closed_by(event, None) for event in last) and attempt.closed is None:
            last.append(self._reader.make_up(attempt, _last_event(attempt, outcome)))
        return last

    async def _store_history(self, execution: Execution, outcome: Outcome, ended_at: datetime) -> None:
        """Store the last events and the finished execution; a store that fails does not keep it from ending."""
        try:
            await self._with.ingest.flush()
            current = await asyncio.to_thread(self._row, execution.number)
            ended = dataclasses.replace(
                current or execution,
                status=outcome.status,
                reason=outcome.reason,
                failure=outcome.failure,
                output=outcome.output,
                completed_at=ended_at,
            )
            await asyncio.wrap_future(self._with.history.record(ended))
        except Exception:
            log.exception("The history of execution %s could not be stored; its journal stays", execution.id)

    def _row(self, number: int) -> Execution | None:
        with self._with.storage.read() as unit:
            return unit.executions.by_number(number)

    def _finish(self, number: int, outcome: Outcome, ended_at: datetime) -> None:
        with self._with.storage.write() as unit:
            unit.executions.finish(number, outcome, ended_at)


def _write_last_line(attempt: Attempt, outcome: Outcome) -> None:
    attempt.tail.drop_unfinished_line()
    if attempt.closed is not None:
        return  # by the server before us, which was killed a moment later
    if attempt.worker is not None and not attempt.said_goodbye:
        attempt.tail.append_lines(unwritten_output(attempt.folders.journal))
    attempt.tail.append(EventKind.STATUS, outcome.reason, _data_of(attempt, outcome), _level_of(outcome))


def _last_event(attempt: Attempt, outcome: Outcome) -> Event:
    """The last line as an event, for a journal that cannot be written or read any more."""
    number, count, seq = attempt.execution.number, attempt.execution.attempt, attempt.tail.position.next_seq
    data, level = _data_of(attempt, outcome), _level_of(outcome)
    return Event(number, count, seq, time.time(), EventKind.STATUS, level, outcome.reason, None, data)


def _data_of(attempt: Attempt, outcome: Outcome) -> dict[str, object]:
    data: dict[str, object] = {"status": outcome.status.value}
    if outcome.failure is not None:
        data["failure"] = outcome.failure.value
    if attempt.killed:
        data["processesKilled"] = attempt.killed
    return data


def _level_of(outcome: Outcome) -> LogLevel:
    return LogLevel.INFO if outcome.status is ExecutionStatus.COMPLETED else LogLevel.ERROR


async def _insist(action: Callable[[], Awaitable[object]]) -> None:
    """Do what must be done however long it takes: a full disk or a locked database may pass."""
    while True:
        try:
            await action()
            return
        except Exception:
            log.exception("The end of an execution could not be written; it is tried again")
            await asyncio.sleep(_RETRY_SECONDS)
