"""Writes an attempt's end, once: into its journal, the history, then the database."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from orchestra.bus import CHANGES, end_topic
from orchestra.domain.events import Event, EventKind, ExecutionChanged, LogLevel
from orchestra.domain.executions import Execution, ExecutionStatus, Outcome, PastAttempt
from orchestra.engine.attempt import Attempt
from orchestra.engine.ledger import Ledger
from orchestra.engine.leftover import unwritten_output
from orchestra.engine.reader import Reader
from orchestra.engine.retry import RetryDecision, announcement
from orchestra.engine.surroundings import Surroundings

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_NOTE_SECONDS = 0.5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _LastLine:
    """What an attempt's journal ends with."""

    message: str
    data: dict[str, Any]
    level: LogLevel


class Closer:
    def __init__(self, surroundings: Surroundings, reader: Reader, ledger: Ledger) -> None:
        self._with = surroundings
        self._reader = reader
        self._ledger = ledger
        self._recorded: list[int] = []
        self._noting: asyncio.Task[None] | None = None

    async def close(self, attempt: Attempt, outcome: Outcome, retry: RetryDecision | None = None) -> None:
        """Write the end and tell whoever listens; with `retry` it is that of the attempt alone.

        A crash before the database has it leaves the journal's last line, one after it the note that the history lacks
        it: both are made good at the next start.
        """
        execution = attempt.execution
        self._with.keys.revoke(execution.number)
        line = _last_line(attempt, outcome, retry)
        last = await self._close_journal(attempt, line)
        ended_at = attempt.ended_at or datetime.now(UTC)
        if retry is None:
            await self._finish(execution.number, outcome, ended_at)
        else:
            await self._repeat(execution, outcome, ended_at, retry)
        self._reader.publish(attempt, last)  # only now: who hears of the end finds it in the database
        status = outcome.status if retry is None else ExecutionStatus.PENDING
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, status.value)
        self._with.bus.publish(CHANGES, changed)
        if retry is None:
            self._with.bus.publish(end_topic(execution.id), outcome.status)

    def record(self, ended: Execution) -> None:
        """Have an ended execution recorded in the history, behind its events."""
        self._with.ingest.record(ended, lambda: self._note_recorded(ended.number))

    def _note_recorded(self, number: int) -> None:
        self._recorded.append(number)
        if self._noting is None:
            self._noting = asyncio.create_task(self._note_all_recorded(), name="note-recorded")

    async def _note_all_recorded(self) -> None:
        """Note it later, for many at once: a note that is lost costs the next start a look at a journal, no more."""
        await asyncio.sleep(_NOTE_SECONDS)
        numbers, self._recorded, self._noting = self._recorded, [], None
        await _insist(lambda: self._ledger.write(lambda unit: unit.recording.done(numbers)))

    async def _close_journal(self, attempt: Attempt, line: _LastLine) -> list[Event]:
        """The last events. The journal lies where the guest can spoil it, so nothing of it may keep the end away."""
        try:
            _write_last_line(attempt, line)
            last = await self._reader.rest(attempt)
        except Exception:
            log.exception("The journal of execution %s could not be closed", attempt.execution.id)
            last = []
        if attempt.closed is None:  # it would be, had the line been read
            last.append(self._reader.make_up(attempt, _last_event(attempt, line)))
        return last

    async def _finish(self, number: int, outcome: Outcome, ended_at: datetime) -> None:
        with self._with.ingest.closing():
            ended = await _insist(
                lambda: self._ledger.write(lambda unit: unit.executions.finish(number, outcome, ended_at))
            )
            if ended is not None:
                self.record(ended)

    async def _repeat(self, execution: Execution, outcome: Outcome, ended_at: datetime, retry: RetryDecision) -> None:
        try:
            await self._with.ingest.flush()  # nobody reads this journal again
        except Exception:
            log.exception("The last events of execution %s could not be stored; its journal stays", execution.id)
        past = PastAttempt(execution.attempt, execution.attempt_began, ended_at, outcome.failure, outcome.reason)
        number, at = execution.number, retry.at
        await _insist(lambda: self._ledger.write(lambda unit: unit.attempts.repeat(number, past, at)))


def _write_last_line(attempt: Attempt, line: _LastLine) -> None:
    attempt.tail.drop_unfinished_line()
    if attempt.closed is not None:
        return  # by the server before us, which was killed a moment later
    if attempt.worker is not None and not attempt.said_goodbye:
        attempt.tail.append_lines(unwritten_output(attempt.folders.journal))
    attempt.tail.append(line.message, line.data, line.level)


def _last_event(attempt: Attempt, line: _LastLine) -> Event:
    """The last line as an event, for a journal that cannot be written or read any more."""
    number, count, seq = attempt.execution.number, attempt.execution.attempt, attempt.tail.position.next_seq
    return Event(number, count, seq, time.time(), EventKind.STATUS, line.level, line.message, None, line.data)


def _last_line(attempt: Attempt, outcome: Outcome, retry: RetryDecision | None) -> _LastLine:
    if retry is None:
        level = LogLevel.INFO if outcome.status is ExecutionStatus.COMPLETED else LogLevel.ERROR
        message, data = outcome.reason, dict[str, Any](status=outcome.status.value)
        if outcome.failure is not None:
            data["failure"] = outcome.failure.value
    else:
        level, number = LogLevel.WARN, attempt.execution.attempt
        message, data = announcement(outcome, number, attempt.policy, retry, datetime.now(UTC))
    if attempt.killed:
        data["processesKilled"] = attempt.killed
    if attempt.ladder:
        data["ending"], data["processesLeft"] = attempt.ladder, attempt.left
    return _LastLine(message, data, level)


async def _insist(action: Callable[[], Awaitable[T]]) -> T:
    """Do what must be done however long it takes: a full disk or a locked database may pass."""
    while True:
        try:
            return await action()
        except Exception:
            log.exception("The end of an execution could not be written; it is tried again")
            await asyncio.sleep(_RETRY_SECONDS)
