"""Turns events and executions into rows of the history, and rows into events."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra.domain.executions import Execution
from orchestra.domain.text import storable

SELECT_EVENTS = "SELECT number, attempt, seq, happened_at, kind, level, message, step, data FROM events "

_EPOCH = datetime(1970, 1, 1)  # naive times in here are UTC
_LATEST_SECONDS = 253_402_300_799  # the end of the year 9999

Row = tuple[Any, ...]

# Lines of captured output, as a JSON array of what stands in the journal; their numbers follow the first one's.
INSERT_OUTPUT = """
    INSERT INTO events
    SELECT $1, $2, $3 + i - 1, make_timestamp(CAST(line.at * 1000000 AS BIGINT)), 'log', line.level, line.message, NULL,
        line.data
    FROM (
        SELECT unnest(lines) AS line, generate_subscripts(lines, 1) AS i FROM (
            SELECT from_json($4, '[{"at":"DOUBLE","level":"VARCHAR","message":"VARCHAR","data":"JSON"}]') AS lines
        )
    )
"""


def row_of_event(event: Event) -> Row:
    return (
        event.number,
        event.attempt,
        event.seq,
        _moment(event.at),
        event.kind.value,
        None if event.level is None else event.level.value,
        None if event.message is None else storable(event.message),
        None if event.step is None else storable(event.step),
        # ASCII, so that no half of a character, escaped by a worker, can stop a whole batch.
        json.dumps(dict(event.data), separators=(",", ":")) if event.data else None,
    )


def event_of_row(row: Row) -> Event:
    number, attempt, seq, happened_at, kind, level, message, step, data = row
    return Event(
        number=number,
        attempt=attempt,
        seq=seq,
        at=(happened_at - _EPOCH) / timedelta(seconds=1),
        kind=EventKind(kind),
        level=None if level is None else LogLevel(level),
        message=message,
        step=step,
        data={} if data is None else json.loads(data),
    )


def row_of_execution(execution: Execution) -> Row:
    return (
        execution.number,
        execution.id,
        execution.agent_id,
        execution.framework,
        execution.status.value,
        None if execution.failure is None else execution.failure.value,
        execution.trigger.value,
        execution.environment.value,
        _naive(execution.created_at),
        _naive(execution.started_at),
        _naive(execution.completed_at),
        execution.duration_ms,
        execution.tokens_used,
        execution.cost,
        execution.known_cost,
    )


def _moment(epoch_seconds: float) -> datetime:
    """A worker's clock may say anything: what is no moment at all becomes the nearest that is."""
    seconds = 0.0 if math.isnan(epoch_seconds) else min(max(epoch_seconds, 0.0), _LATEST_SECONDS)
    return _EPOCH + timedelta(seconds=seconds)


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)
