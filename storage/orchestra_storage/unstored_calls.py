"""Keeps settled model calls until the history has them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from orchestra.domain.kept_calls import KeptCall
from orchestra_storage.call_rows import call_of_facts, facts_of
from orchestra_storage.schema import unstored_calls

_ADD = unstored_calls.insert()


class UnstoredCalls:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, call: KeptCall) -> None:
        values = {
            "id": call.record.id,
            "number": call.record.number,
            "facts": facts_of(call),
            "request": call.record.request if call.has_bodies else None,
            "reply": call.record.reply if call.has_bodies else None,
            "started_at": call.record.started_at,
        }
        self._connection.execute(_ADD, values)

    def first(self, limit: int, limit_bytes: int) -> Sequence[KeptCall]:
        """The oldest, no more than so many and so much, but at least one if there is any."""
        found: list[KeptCall] = []
        size = 0
        rows = self._connection.execute(select(unstored_calls).order_by(unstored_calls.c.started_at).limit(limit))
        for row in rows:
            size += len(row.request or b"") + len(row.reply or b"")
            if found and size > limit_bytes:
                break
            found.append(call_of_facts(row.facts, row.request, row.reply))
        return found

    def done(self, ids: Iterable[str]) -> None:
        """These are in the history now."""
        self._connection.execute(unstored_calls.delete().where(unstored_calls.c.id.in_(list(ids))))

    def remove(self, numbers: Iterable[int]) -> None:
        """Forgets the calls of these executions."""
        self._connection.execute(unstored_calls.delete().where(unstored_calls.c.number.in_(list(numbers))))
