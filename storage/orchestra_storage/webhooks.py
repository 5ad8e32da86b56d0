"""Stores webhooks."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from orchestra.domain.pages import Page
from orchestra.domain.webhooks import Webhook
from orchestra_storage.schema import webhooks


class Webhooks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Webhook) -> None:
        values = {"id": new.id, "owner_id": new.owner_id, "created_at": new.created_at, **_values_of(new)}
        self._connection.execute(webhooks.insert(), values)

    def get(self, id: str) -> Webhook | None:
        row = self._connection.execute(select(webhooks).where(webhooks.c.id == id)).one_or_none()
        return _webhook_of(row) if row else None

    def get_visible(self, owner_id: str | None, id: str) -> Webhook | None:
        """The webhook, if it is that person's; anybody's for None."""
        found = self.get(id)
        return found if found is not None and owner_id in {None, found.owner_id} else None

    def page(self, owner_id: str | None, *, page: int, limit: int) -> Page[Webhook]:
        """That person's webhooks, or everybody's for None, newest first."""
        wanted: list[ColumnElement[bool]] = [] if owner_id is None else [webhooks.c.owner_id == owner_id]
        total = self._connection.execute(select(func.count()).select_from(webhooks).where(*wanted)).scalar_one()
        newest = select(webhooks).where(*wanted).order_by(webhooks.c.created_at.desc(), webhooks.c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([_webhook_of(row) for row in rows], page, limit, total)

    def update(self, changed: Webhook) -> None:
        """Writes down a webhook as it is now."""
        self._connection.execute(webhooks.update().where(webhooks.c.id == changed.id).values(_values_of(changed)))

    def remove(self, id: str) -> None:
        """Deletes it, with its deliveries."""
        self._connection.execute(webhooks.delete().where(webhooks.c.id == id))

    def failing(self, id: str, since: datetime | None) -> None:
        """Notes since when its deliveries fail: from then on, if that was not noted before; None if they arrive."""
        query = webhooks.update().where(webhooks.c.id == id)
        if since is not None:
            query = query.where(webhooks.c.failing_since.is_(None))
        self._connection.execute(query.values(failing_since=since))

    def disable(self, id: str, reason: str) -> None:
        query = webhooks.update().where(webhooks.c.id == id)
        self._connection.execute(query.values(is_active=False, disabled_reason=reason))


def _values_of(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "secret": webhook.sealed_secret,
        "is_active": webhook.is_active,
        "disabled_reason": webhook.disabled_reason,
        "failing_since": webhook.failing_since,
        "updated_at": webhook.updated_at,
    }


def _webhook_of(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        owner_id=row.owner_id,
        url=row.url,
        events=tuple(row.events),
        sealed_secret=row.secret,
        created_at=row.created_at,
        updated_at=row.updated_at,
        is_active=row.is_active,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
    )
