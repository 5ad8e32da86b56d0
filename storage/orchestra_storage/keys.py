"""Stores API keys, as hashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from orchestra.domain.identity import ApiKey, Permission, User
from orchestra_storage.schema import api_keys, users
from orchestra_storage.users import user_of

_BY_HASH = select(api_keys, users).join_from(api_keys, users).where(api_keys.c.hash == bindparam("b_hash"))


class Keys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        values = {
            "id": key.id,
            "user_id": key.user_id,
            "name": key.name,
            "hash": key.hash,
            "hint": key.hint,
            "created_at": key.created_at,
            "last_used_at": key.last_used_at,
            "scopes": sorted(key.scopes) if key.scopes is not None else None,
            "expires_at": key.expires_at,
        }
        self._connection.execute(api_keys.insert(), values)

    def by_hash(self, hash: str) -> tuple[ApiKey, User] | None:
        """The key with that hash, and whose it is."""
        row = self._connection.execute(_BY_HASH, {"b_hash": hash}).one_or_none()
        return (key_of(row), user_of(row)) if row else None

    def list(self, user_id: str) -> Sequence[ApiKey]:
        """All keys of that person, newest first."""
        query = select(api_keys).where(api_keys.c.user_id == user_id)
        return [key_of(row) for row in self._connection.execute(query.order_by(api_keys.c.created_at.desc()))]

    def get(self, id: str) -> ApiKey | None:
        row = self._connection.execute(select(api_keys).where(api_keys.c.id == id)).one_or_none()
        return key_of(row) if row else None

    def remove(self, id: str) -> bool:
        """False if there is no such key. The sessions that were opened with it go with it."""
        return self._connection.execute(api_keys.delete().where(api_keys.c.id == id)).rowcount == 1

    def touch(self, id: str, at: datetime) -> None:
        """Notes when the key was used last."""
        self._connection.execute(api_keys.update().where(api_keys.c.id == id).values(last_used_at=at))


def key_of(row: Row[Any]) -> ApiKey:
    columns, c = row._mapping, api_keys.c
    return ApiKey(
        id=columns[c.id],
        user_id=columns[c.user_id],
        name=columns[c.name],
        hash=columns[c.hash],
        hint=columns[c.hint],
        created_at=columns[c.created_at],
        last_used_at=columns[c.last_used_at],
        scopes=None if columns[c.scopes] is None else frozenset(map(Permission, columns[c.scopes])),
        expires_at=columns[c.expires_at],
    )
