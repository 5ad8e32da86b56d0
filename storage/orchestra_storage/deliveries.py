"""Stores what is to be delivered to webhooks, and how each attempt went."""

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select

from orchestra.domain.pages import Page
from orchestra.domain.webhooks import Attempt, Delivery, DeliveryStatus
from orchestra_storage.schema import UtcDateTime, webhook_attempts, webhook_deliveries, webhooks

_PENDING = webhook_deliveries.c.status == DeliveryStatus.PENDING

# Built once: they are asked whenever anything changes.
_NOW = bindparam("b_now", type_=UtcDateTime())
_AT = webhook_deliveries.c.next_attempt_at
_ACTIVE = webhooks.c.is_active
_WEBHOOKS_DUE = (
    select(webhook_deliveries.c.webhook_id)
    .join_from(webhook_deliveries, webhooks)
    .where(_PENDING, _AT <= _NOW, _ACTIVE)
    .distinct()
)
_NEXT_DUE = select(func.min(_AT)).join_from(webhook_deliveries, webhooks).where(_PENDING, _AT > _NOW, _ACTIVE)


class Deliveries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, webhook_id: str, id: str) -> Delivery | None:
        """The delivery of that webhook, with its attempts."""
        c = webhook_deliveries.c
        query = select(webhook_deliveries).where(c.id == id, c.webhook_id == webhook_id)
        row = self._connection.execute(query).one_or_none()
        return dataclasses.replace(_delivery_of(row), log=self._attempts(id)) if row else None

    def page(self, webhook_id: str, *, status: DeliveryStatus | None, page: int, limit: int) -> Page[Delivery]:
        """The webhook's deliveries with their attempts, newest first."""
        c = webhook_deliveries.c
        wanted: list[ColumnElement[bool]] = [c.webhook_id == webhook_id]
        if status is not None:
            wanted.append(c.status == status)
        counted = select(func.count()).select_from(webhook_deliveries).where(*wanted)
        total = self._connection.execute(counted).scalar_one()
        newest = select(webhook_deliveries).where(*wanted).order_by(c.created_at.desc(), c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit)).all()
        found = [dataclasses.replace(_delivery_of(row), log=self._attempts(row.id)) for row in rows]
        return Page(found, page, limit, total)

    def add(self, webhook_id: str, message_id: str, event: str, payload: str, at: datetime) -> str:
        """A message to be delivered as soon as possible; its id."""
        id = uuid.uuid4().hex
        values = {
            "id": id,
            "webhook_id": webhook_id,
            "message_id": message_id,
            "event": event,
            "payload": payload,
            "status": DeliveryStatus.PENDING,
            "created_at": at,
            "next_attempt_at": at,
        }
        self._connection.execute(webhook_deliveries.insert(), values)
        return id

    def failed_since(self, webhook_id: str, since: datetime) -> Sequence[Delivery]:
        """Those that failed for good and were first to be delivered since then, the oldest first."""
        c = webhook_deliveries.c
        wanted = (c.webhook_id == webhook_id) & (c.status == DeliveryStatus.FAILED) & (c.created_at >= since)
        rows = self._connection.execute(select(webhook_deliveries).where(wanted).order_by(c.created_at))
        return [_delivery_of(row) for row in rows]

    def webhooks_due(self, now: datetime) -> Sequence[str]:
        """The ids of the active webhooks with something to be sent by now."""
        return [row.webhook_id for row in self._connection.execute(_WEBHOOKS_DUE, {"b_now": now})]

    def due(self, webhook_id: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """What is to be sent to that webhook by now, the longest waiting first."""
        c = webhook_deliveries.c
        query = select(webhook_deliveries).where(c.webhook_id == webhook_id, _PENDING, c.next_attempt_at <= now)
        rows = self._connection.execute(query.order_by(c.next_attempt_at, c.created_at).limit(limit))
        return [_delivery_of(row) for row in rows]

    def next_due_after(self, now: datetime) -> datetime | None:
        """When something is to be sent that is not due yet."""
        return self._connection.execute(_NEXT_DUE, {"b_now": now}).scalar_one()

    def record(
        self, id: str, attempt: Attempt, status: DeliveryStatus, at: datetime, next_attempt_at: datetime | None
    ) -> None:
        """An attempt was made; while PENDING, the next one is due at a moment."""
        numbered = self._connection.execute(select(webhook_deliveries.c.id).where(webhook_deliveries.c.id == id))
        if numbered.first() is None:
            return  # its webhook was deleted meanwhile
        values = {
            "delivery_id": id,
            "number": attempt.number,
            "attempted_at": attempt.attempted_at,
            "duration_ms": attempt.duration_ms,
            "status_code": attempt.status_code,
            "error": attempt.error,
            "response": attempt.response,
        }
        self._connection.execute(webhook_attempts.insert(), values)
        changed: dict[str, Any] = {"attempts": attempt.number, "status": status, "next_attempt_at": next_attempt_at}
        changed["completed_at"] = None if status is DeliveryStatus.PENDING else at
        self._connection.execute(webhook_deliveries.update().where(webhook_deliveries.c.id == id).values(changed))

    def give_up(self, webhook_id: str, at: datetime) -> None:
        """Nothing of what waits for this webhook is sent any more."""
        mine = (webhook_deliveries.c.webhook_id == webhook_id) & _PENDING
        values = {"status": DeliveryStatus.FAILED, "next_attempt_at": None, "completed_at": at}
        self._connection.execute(webhook_deliveries.update().where(mine).values(values))

    def forget(self, before: datetime) -> int:
        """Forget what was completed long ago; how many."""
        old = webhook_deliveries.c.completed_at < before
        return self._connection.execute(webhook_deliveries.delete().where(old)).rowcount

    def _attempts(self, id: str) -> Sequence[Attempt]:
        c = webhook_attempts.c
        rows = self._connection.execute(select(webhook_attempts).where(c.delivery_id == id).order_by(c.number))
        return [
            Attempt(row.number, row.attempted_at, row.duration_ms, row.status_code, row.error, row.response)
            for row in rows
        ]


def _delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        message_id=row.message_id,
        event=row.event,
        payload=row.payload,
        status=DeliveryStatus(row.status),
        created_at=row.created_at,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        completed_at=row.completed_at,
    )
