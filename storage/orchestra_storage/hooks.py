"""Stores inbound hooks, and which messages have come by them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from orchestra.domain.hooks import InboundHook
from orchestra.domain.pages import Page
from orchestra_storage.schema import agents, inbound_hooks, inbound_messages


class Hooks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: InboundHook) -> None:
        values = {
            "id": new.id,
            "owner_id": new.owner_id,
            "agent_id": new.agent_id,
            "name": new.name,
            "token_hash": new.token_hash,
            "secret": new.sealed_secret,
            "is_active": new.is_active,
            "created_at": new.created_at,
        }
        self._connection.execute(inbound_hooks.insert(), values)

    def by_token(self, token_hash: str) -> InboundHook | None:
        row = self._connection.execute(_joined().where(inbound_hooks.c.token_hash == token_hash)).one_or_none()
        return _hook_of(row) if row else None

    def get_visible(self, owner_id: str | None, id: str) -> InboundHook | None:
        """The hook, if it is that person's; anybody's for None."""
        row = self._connection.execute(_joined().where(inbound_hooks.c.id == id)).one_or_none()
        return _hook_of(row) if row and owner_id in {None, row.owner_id} else None

    def page(self, owner_id: str | None, *, page: int, limit: int) -> Page[InboundHook]:
        """That person's hooks, or everybody's for None, newest first."""
        wanted: list[ColumnElement[bool]] = [] if owner_id is None else [inbound_hooks.c.owner_id == owner_id]
        total = self._connection.execute(select(func.count()).select_from(inbound_hooks).where(*wanted)).scalar_one()
        newest = _joined().where(*wanted).order_by(inbound_hooks.c.created_at.desc(), inbound_hooks.c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([_hook_of(row) for row in rows], page, limit, total)

    def update(self, id: str, values: Mapping[str, Any]) -> None:
        """Changes name, is_active, token_hash or secret."""
        self._connection.execute(inbound_hooks.update().where(inbound_hooks.c.id == id).values(dict(values)))

    def remove(self, id: str) -> None:
        self._connection.execute(inbound_hooks.delete().where(inbound_hooks.c.id == id))

    def execution_for(self, id: str, message_id: str) -> str | None:
        """The id of the execution that this message has started."""
        c = inbound_messages.c
        query = select(c.execution_id).where(c.hook_id == id, c.message_id == message_id)
        return self._connection.execute(query).scalar_one_or_none()

    def remember(self, id: str, message_id: str, execution_id: str, at: datetime) -> None:
        values = {"hook_id": id, "message_id": message_id, "execution_id": execution_id, "received_at": at}
        self._connection.execute(inbound_messages.insert(), values)

    def forget_messages(self, before: datetime) -> None:
        self._connection.execute(inbound_messages.delete().where(inbound_messages.c.received_at < before))


def _joined() -> Select[Any]:
    return select(inbound_hooks, agents.c.name.label("agent_name")).join_from(inbound_hooks, agents)


def _hook_of(row: Row[Any]) -> InboundHook:
    return InboundHook(
        id=row.id,
        owner_id=row.owner_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        name=row.name,
        token_hash=row.token_hash,
        created_at=row.created_at,
        is_active=row.is_active,
        sealed_secret=row.secret,
        last_used_at=row.last_used_at,
    )
