"""Keeps what happened: events of executions, and the executions that ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra.domain.executions import Execution
from orchestra.errors import Unavailable
from orchestra_storage.haste import refuse_haste
from orchestra_storage.history_file import open_history
from orchestra_storage.history_rows import (
    INSERT_OUTPUT,
    SELECT_EVENTS,
    Row,
    event_of_row,
    row_of_event,
    row_of_execution,
)

_STRETCH = 1 << 20  # bytes
_AWAY = (duckdb.OperationalError, duckdb.FatalException)
_COUNT_EVENTS = "SELECT count(*) FROM events "
_SELECT_MARKS = "SELECT number, attempt, journal_offset, next_seq FROM marks "
_DELETE_MARKS = "DELETE FROM marks WHERE (number, attempt) IN (SELECT unnest(?::BIGINT[]), unnest(?::INTEGER[]))"
_SELECT_RECORDED = "SELECT number FROM executions "
_OF_NUMBERS = "WHERE number IN (SELECT unnest(?::BIGINT[]))"


class Mark(NamedTuple):
    """How far a journal is stored: up to this byte of its file, and all events before `next_seq`."""

    journal_offset: int = 0
    next_seq: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """The next events of one attempt's journal, which end at the byte `journal_offset` of its file."""

    number: int
    attempt: int
    journal_offset: int
    events: Sequence[Event]

    @property
    def weight(self) -> int:
        """How much work storing it is, in events."""
        return len(self.events)


@dataclass(frozen=True, slots=True)
class OutputSegment:
    """As `Segment`, of lines of captured output only, which are given as they stand in the journal."""

    number: int
    attempt: int
    journal_offset: int
    first_seq: int
    count: int
    lines: bytes

    @property
    def weight(self) -> int:
        """How much work storing it is, in events: DuckDB reads the lines itself."""
        return self.count // 10

    def continues_in(self, other: Segment | OutputSegment) -> bool:
        """Whether the other is of the same journal, and its lines come right behind these."""
        of_same = (self.number, self.attempt) == (other.number, other.attempt)
        return isinstance(other, OutputSegment) and of_same and self.first_seq + self.count == other.first_seq


class History:
    """One file, one writing thread; reading is safe from any thread, and sees what has been stored."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        # A connection serves one thread at a time, and making a cursor of it counts.
        self._gate = threading.Lock()
        self._writer = connection.cursor()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history-writer")

    @classmethod
    def open(cls, file: Path) -> History:
        return cls(open_history(file))

    def close(self) -> None:
        """After all that was handed over is stored."""
        self._thread.shutdown(wait=True)
        self._writer.close()
        self._connection.close()

    def store(self, batch: Sequence[Segment | OutputSegment], ended: Sequence[Execution] = ()) -> Future[None]:
        """Stores the segments and how far they reach, and executions that ended, for statistics; all or nothing.

        What was stored before is skipped.
        """
        return self.submit(lambda: self._store_all(batch, ended))

    def remove(self, numbers: Iterable[int]) -> Future[None]:
        """Forgets all of these executions."""
        gone = list(numbers)
        return self.submit(lambda: self._remove(gone))

    def ping(self) -> None:
        """Raises `Unavailable` if the history does not answer."""
        self._read("SELECT 1")

    def mark(self, number: int, attempt: int) -> Mark:
        """How far the attempt's journal is stored."""
        rows = self._read(_SELECT_MARKS + "WHERE number = ? AND attempt = ?", number, attempt)
        return Mark(*rows[0][2:]) if rows else Mark()

    def events(self, number: int, *, after: tuple[int, int] | None = None, limit: int) -> list[Event]:
        """The execution's events in order, from behind the (attempt, seq) `after`."""
        attempt, seq = after or (-1, -1)
        rows = self._read(
            SELECT_EVENTS + "WHERE number = ? AND (attempt > ? OR (attempt = ? AND seq > ?)) "
            "ORDER BY attempt, seq LIMIT ?",
            *(number, attempt, attempt, seq, limit),
        )
        return [event_of_row(row) for row in rows]

    def logs(
        self, number: int, *, level: LogLevel | None = None, offset: int = 0, limit: int
    ) -> tuple[list[Event], int]:
        """A page of the execution's log lines in order, and how many there are, of that level if one is given."""
        wanted, values = "WHERE number = ? AND kind = ? ", [number, EventKind.LOG.value]
        if level is not None:
            wanted, values = wanted + "AND level = ? ", [*values, level.value]
        page = SELECT_EVENTS + wanted + "ORDER BY attempt, seq LIMIT ? OFFSET ?"
        # One transaction, so that the lines and their number agree while more arrive.
        with self.reading() as cursor:
            rows = cursor.execute(page, [*values, limit, offset]).fetchall()
            total = cursor.execute(_COUNT_EVENTS + wanted, values).fetchall()[0][0]
        return [event_of_row(row) for row in rows], total

    def steps(self, number: int) -> list[Event]:
        """The starts and ends of the execution's steps, in order."""
        rows = self._read(
            SELECT_EVENTS + "WHERE number = ? AND kind IN (?, ?) ORDER BY attempt, seq",
            *(number, EventKind.STEP_STARTED.value, EventKind.STEP_ENDED.value),
        )
        return [event_of_row(row) for row in rows]

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in a transaction of its own, for queries; Unavailable if the history does not answer."""
        refuse_haste()
        try:
            with self._gate:
                cursor = self._connection.cursor()
            with closing(cursor):
                cursor.begin()
                yield cursor
        except _AWAY as error:
            raise _unavailable(error) from error

    def _read(self, query: str, *values: Any) -> list[Row]:
        with self.reading() as cursor:
            return cursor.execute(query, values).fetchall()

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Have the writing thread do this, in a transaction of its own: all or nothing."""
        try:
            return self._thread.submit(self._transact, work)
        except RuntimeError as error:
            raise Unavailable("The history is closed: the server is stopping.") from error

    def _transact(self, work: Callable[[], None]) -> None:
        try:
            self._writer.begin()
            work()
            self._writer.commit()
        except _AWAY as error:
            _abandon(self._writer)
            raise _unavailable(error) from error
        except BaseException:
            _abandon(self._writer)
            raise

    def append(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows to a table; only in what was given to `submit`."""
        if rows:
            with self._writer.appender(table) as appender:
                appender.append_rows(rows)

    def execute(self, query: str, *values: Any) -> list[Row]:
        """What the statement gives; only in what was given to `submit`."""
        # Always fetched: an unfinished result would make the next append fail.
        return self._writer.execute(query, values).fetchall()

    def _store_all(self, batch: Sequence[Segment | OutputSegment], ended: Sequence[Execution]) -> None:
        if batch:
            self._store(batch)
        if ended:
            self._record(ended)

    def _store(self, batch: Sequence[Segment | OutputSegment]) -> None:
        stored = self._marks({segment.number for segment in batch})
        marks = dict(stored)
        rows: list[Row] = []
        for segment in _in_long_stretches(batch):
            key = (segment.number, segment.attempt)
            mark = marks.get(key, Mark())
            if isinstance(segment, OutputSegment):
                marks[key] = self._store_output(segment, mark)
                continue
            marks[key], new = _advance(segment, mark)
            rows.extend(row_of_event(event) for event in new)
        self.append("events", rows)
        self._write_marks(stored, {key: mark for key, mark in marks.items() if stored.get(key) != mark})

    def _store_output(self, segment: OutputSegment, mark: Mark) -> Mark:
        """Have DuckDB read the lines; how far the journal is stored then."""
        known = max(0, mark.next_seq - segment.first_seq)
        if known < segment.count:
            lines = segment.lines.split(b"\n", known)[known] if known else segment.lines
            array = b"[%b]" % lines[:-1].replace(b"\n", b",")
            self.execute(INSERT_OUTPUT, segment.number, segment.attempt, segment.first_seq + known, array.decode())
        next_seq = max(mark.next_seq, segment.first_seq + segment.count)
        return Mark(max(mark.journal_offset, segment.journal_offset), next_seq)

    def _marks(self, numbers: set[int]) -> dict[tuple[int, int], Mark]:
        rows = self.execute(_SELECT_MARKS + _OF_NUMBERS, list(numbers))
        return {(row[0], row[1]): Mark(row[2], row[3]) for row in rows}

    def _write_marks(self, stored: dict[tuple[int, int], Mark], changed: dict[tuple[int, int], Mark]) -> None:
        replaced = changed.keys() & stored.keys()
        if replaced:
            numbers, attempts = zip(*replaced, strict=True)
            self.execute(_DELETE_MARKS, list(numbers), list(attempts))
        self.append("marks", [(*key, *mark) for key, mark in changed.items()])

    def _record(self, ended: Sequence[Execution]) -> None:
        numbers = list({execution.number for execution in ended})
        known = {row[0] for row in self.execute(_SELECT_RECORDED + _OF_NUMBERS, numbers)}
        new = {execution.number: execution for execution in ended if execution.number not in known}
        self.append("executions", [row_of_execution(execution) for execution in new.values()])

    def _remove(self, numbers: list[int]) -> None:
        for table in ("events", "marks", "executions", "model_calls"):
            self.execute(f"DELETE FROM {table} {_OF_NUMBERS}", numbers)  # noqa: S608


def _in_long_stretches(batch: Sequence[Segment | OutputSegment]) -> Iterator[Segment | OutputSegment]:
    """The same, with lines that follow each other as one: DuckDB reads a long stretch faster than many short ones."""
    stretch: list[OutputSegment] = []
    for segment in batch:
        if stretch and not (stretch[-1].continues_in(segment) and sum(len(one.lines) for one in stretch) < _STRETCH):
            yield _joined(stretch)
            stretch = []
        if isinstance(segment, OutputSegment):
            stretch.append(segment)
        else:
            yield segment
    if stretch:
        yield _joined(stretch)


def _joined(stretch: Sequence[OutputSegment]) -> OutputSegment:
    first, last = stretch[0], stretch[-1]
    lines = b"".join(one.lines for one in stretch)
    count = sum(one.count for one in stretch)
    return OutputSegment(first.number, first.attempt, last.journal_offset, first.first_seq, count, lines)


def _advance(segment: Segment, mark: Mark) -> tuple[Mark, list[Event]]:
    """How far the journal is stored after the segment, and those of its events that are new."""
    new: list[Event] = []
    next_seq = mark.next_seq
    for event in segment.events:
        if event.seq >= next_seq:
            new.append(event)
            next_seq = event.seq + 1
    return Mark(max(mark.journal_offset, segment.journal_offset), next_seq), new


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"The history does not answer ({error}). Free disk space, or restart the server.")


def _abandon(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.Error:
        return  # No transaction is left, or the file is gone: the caller gets the first error.
