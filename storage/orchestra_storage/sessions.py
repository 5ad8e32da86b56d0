"""Stores the sign-ins of browsers, as hashes."""

from datetime import datetime

from sqlalchemy import Connection, select

from orchestra.domain.identity import Session, User
from orchestra_storage.schema import sessions, users
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

    def by_hash(self, hash: str, now: datetime) -> tuple[Session, User] | None:
        """The session with that hash and whose it is, unless it has expired."""
        joined = select(sessions, users).join_from(sessions, users, sessions.c.user_id == users.c.id)
        query = joined.where(sessions.c.hash == hash)
        row = self._connection.execute(query.where(sessions.c.expires_at > now)).one_or_none()
        if row is None:
            return None
        columns, c = row._mapping, sessions.c
        known = (columns[column] for column in (c.hash, c.user_id, c.created_at, c.expires_at, c.key_id))
        return Session(*known), user_of(row)

    def remove(self, hash: str) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.hash == hash))

    def remove_expired(self, now: datetime) -> int:
        """How many were removed."""
        return self._connection.execute(sessions.delete().where(sessions.c.expires_at <= now)).rowcount
