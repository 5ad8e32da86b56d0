"""Stores people."""

from typing import Any

from sqlalchemy import Connection, Row, select

from orchestra.domain.identity import Role, User
from orchestra_storage.schema import users


class Users:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, user: User) -> None:
        values = {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "created_at": user.created_at,
            "is_active": user.is_active,
            "password_hash": user.password_hash,
        }
        self._connection.execute(users.insert(), values)

    def get(self, id: str) -> User | None:
        row = self._connection.execute(select(users).where(users.c.id == id)).one_or_none()
        return user_of(row) if row else None

    def owner(self) -> User | None:
        """The first owner, if there is one yet."""
        owners = select(users).where(users.c.role == Role.OWNER).order_by(users.c.created_at, users.c.id)
        row = self._connection.execute(owners.limit(1)).one_or_none()
        return user_of(row) if row else None


def user_of(row: Row[Any]) -> User:
    """The person in a row that has the columns of `users`."""
    columns = row._mapping
    return User(
        id=columns[users.c.id],
        name=columns[users.c.name],
        role=Role(columns[users.c.role]),
        created_at=columns[users.c.created_at],
        is_active=columns[users.c.is_active],
        password_hash=columns[users.c.password_hash],
    )
