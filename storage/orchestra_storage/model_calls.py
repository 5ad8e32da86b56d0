"""Keeps model calls in the history: writes them once each, reads them back, forgets bodies that are old."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime

from orchestra.domain.kept_calls import KeptCall
from orchestra.domain.prices import total
from orchestra_storage.call_rows import COLUMNS, WITHOUT_BODIES, call_of, row_of
from orchestra_storage.history import History

_OF = "FROM model_calls WHERE number = ? "
_KNOWN = (
    "SELECT id FROM model_calls WHERE number IN (SELECT unnest(?::BIGINT[])) AND id IN (SELECT unnest(?::VARCHAR[]))"
)
_FORGET = "UPDATE model_calls SET request = NULL, reply = NULL, has_bodies = false WHERE has_bodies AND started_at < ?"


class ModelCalls:
    def __init__(self, history: History) -> None:
        self._history = history

    def store(self, calls: Sequence[KeptCall]) -> Future[None]:
        """Stores them, all or nothing; what was stored before is skipped."""

        def work() -> None:
            numbers, ids = list({call.record.number for call in calls}), [call.record.id for call in calls]
            known = {row[0] for row in self._history.execute(_KNOWN, numbers, ids)}
            new = {call.record.id: row_of(call) for call in calls if call.record.id not in known}
            self._history.append("model_calls", list(new.values()))

        return self._history.submit(work)

    def page(self, number: int, *, page: int, limit: int) -> tuple[Sequence[KeptCall], int]:
        """The execution's calls in their order, without bodies, and how many there are."""
        with self._history.reading() as cursor:
            query = f"SELECT {', '.join(WITHOUT_BODIES)} {_OF} ORDER BY started_at, id LIMIT ? OFFSET ?"
            rows = cursor.execute(query, [number, limit, (page - 1) * limit]).fetchall()
            count = cursor.execute(f"SELECT count(*) {_OF}", [number]).fetchall()[0][0]
        return [call_of(row) for row in rows], count

    def get(self, number: int, id: str) -> KeptCall | None:
        """One call of the execution, with its bodies."""
        with self._history.reading() as cursor:
            query = f"SELECT {', '.join(COLUMNS)} {_OF} AND id = ?"
            rows = cursor.execute(query, [number, id]).fetchall()
        return call_of(rows[0]) if rows else None

    def all(self, number: int) -> Iterable[KeptCall]:
        """The execution's calls in their order, with their bodies."""
        with self._history.reading() as cursor:
            query = f"SELECT {', '.join(COLUMNS)} {_OF} ORDER BY started_at, id"
            rows = cursor.execute(query, [number]).fetchall()
        return map(call_of, rows)

    def cost(self, number: int) -> float | None:
        """What the execution's calls add up to; None if that of one that used tokens is not known."""
        with self._history.reading() as cursor:
            query = (
                "SELECT cost, coalesce(input_tokens, 0) + coalesce(output_tokens, 0) " + _OF + "AND status <> 'refused'"
            )
            rows = cursor.execute(query, [number]).fetchall()
        if not rows or any(cost is None and tokens for cost, tokens in rows):
            return None
        return total(cost for cost, _ in rows if cost is not None)

    def forget_bodies(self, before: datetime) -> Future[None]:
        """Forgets what was asked and answered before that time; the rest of the records stays."""

        def work() -> None:
            self._history.execute(_FORGET, before.astimezone(UTC).replace(tzinfo=None))

        return self._history.submit(work)
