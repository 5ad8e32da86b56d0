"""Stores which execution a request with an idempotency key has started."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from orchestra_storage.schema import idempotency_keys


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered before: what it asked for, as a fingerprint, and the execution it got."""

    fingerprint: str
    execution_id: str


class IdempotencyKeys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, user_id: str, key: str) -> Answered | None:
        c = idempotency_keys.c
        query = select(c.fingerprint, c.execution_id).where(c.user_id == user_id, c.key == key)
        row = self._connection.execute(query).one_or_none()
        return Answered(row.fingerprint, row.execution_id) if row else None

    def add(self, user_id: str, key: str, answered: Answered, at: datetime) -> None:
        """Kept for as long as the execution is."""
        values = {
            "user_id": user_id,
            "key": key,
            "fingerprint": answered.fingerprint,
            "execution_id": answered.execution_id,
            "created_at": at,
        }
        self._connection.execute(idempotency_keys.insert(), values)
