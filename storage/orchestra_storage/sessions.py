"""Stores the sign-ins of browsers, as hashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from orchestra.domain.identity import ApiKey, Session, User
from orchestra_storage.keys import key_of
from orchestra_storage.schema import api_keys, sessions, users
from orchestra_storage.users import user_of


class Sessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        values = {
            "hash": session.hash,
            "user_id": session.user_id,
            "key_id": session.key_id,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
        }
        self._connection.execute(sessions.insert(), values)

    def by_hash(self, hash: str, now: datetime) -> tuple[Session, User, ApiKey | None] | None:
        """The session with that hash, whose it is and by which key it came, unless it has expired."""
        joined = select(sessions, users, api_keys).join_from(sessions, users, sessions.c.user_id == users.c.id)
        query = joined.outerjoin(api_keys, sessions.c.key_id == api_keys.c.id).where(sessions.c.hash == hash)
        row = self._connection.execute(query.where(sessions.c.expires_at > now)).one_or_none()
        if row is None:
            return None
        return _session_of(row), user_of(row), None if row._mapping[api_keys.c.id] is None else key_of(row)

    def list(self, user_id: str, now: datetime) -> Sequence[Session]:
        """That person's sessions, the newest first."""
        query = select(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
        return [_session_of(row) for row in self._connection.execute(query.order_by(sessions.c.created_at.desc()))]

    def remove(self, hash: str) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.hash == hash))

    def remove_of_user(self, user_id: str, but: str | None = None) -> None:
        """Ends that person's sessions, all but the one of that hash if it is given."""
        ended = sessions.delete().where(sessions.c.user_id == user_id)
        self._connection.execute(ended if but is None else ended.where(sessions.c.hash != but))

    def remove_expired(self, now: datetime) -> int:
        """How many were removed."""
        return self._connection.execute(sessions.delete().where(sessions.c.expires_at <= now)).rowcount


def _session_of(row: Row[Any]) -> Session:
    columns, c = row._mapping, sessions.c
    return Session(*(columns[column] for column in (c.hash, c.user_id, c.created_at, c.expires_at, c.key_id)))
