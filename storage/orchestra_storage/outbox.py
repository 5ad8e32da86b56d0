"""Puts announcements into the post of every webhook that wants them, in the transaction that makes them true."""

import json
import uuid
from datetime import UTC

from sqlalchemy import Connection, or_, select

from orchestra.domain.identity import Role
from orchestra.domain.webhooks import Announcement, DeliveryStatus, wants
from orchestra_storage.prepared import Prepared
from orchestra_storage.schema import users, webhook_deliveries, webhooks

_ANY = Prepared(select(webhooks.c.id).where(webhooks.c.is_active).limit(1))


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_heard(self) -> bool:
        """Whether anybody is told of anything."""
        return _ANY.first(self._connection) is not None

    def announce(self, announcement: Announcement) -> int:
        """Post it to every active webhook of those who see it; to how many."""
        receivers = self._receivers(announcement)
        if not receivers:
            return 0
        message_id = f"msg_{uuid.uuid4().hex}"
        rows = [self._row(webhook_id, message_id, announcement) for webhook_id in receivers]
        self._connection.execute(webhook_deliveries.insert(), rows)
        return len(rows)

    def _receivers(self, announcement: Announcement) -> list[str]:
        """What an owner sees is everything, and only they see what is the system's."""
        query = select(webhooks.c.id, webhooks.c.events).join_from(webhooks, users)
        seen = or_(users.c.role == Role.OWNER, webhooks.c.owner_id == announcement.owner_id)
        rows = self._connection.execute(query.where(webhooks.c.is_active, users.c.is_active, seen))
        return [row.id for row in rows if wants(row.events, announcement.event)]

    def _row(self, webhook_id: str, message_id: str, announcement: Announcement) -> dict[str, object]:
        at = announcement.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        payload = {"type": announcement.event, "timestamp": at, "data": dict(announcement.data)}
        return {
            "id": uuid.uuid4().hex,
            "webhook_id": webhook_id,
            "message_id": message_id,
            "event": announcement.event,
            "payload": json.dumps(payload, separators=(",", ":")),
            "status": DeliveryStatus.PENDING,
            "created_at": announcement.at,
            "next_attempt_at": announcement.at,
        }
