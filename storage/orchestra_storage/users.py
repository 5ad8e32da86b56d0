"""Stores people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from orchestra.domain.identity import Role, User
from orchestra_storage.schema import users

# Asked with many a request: building a statement takes longer than SQLite takes to run it.
_BY_ID = select(users).where(users.c.id == bindparam("b_id"))


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
        row = self._connection.execute(_BY_ID, {"b_id": id}).one_or_none()
        return user_of(row) if row else None

    def by_name(self, name: str) -> User | None:
        row = self._connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return user_of(row) if row else None

    def list(self) -> Sequence[User]:
        """Everybody, by name."""
        return [user_of(row) for row in self._connection.execute(select(users).order_by(users.c.name))]

    def update(self, user: User) -> None:
        """Writes down a person as they are now."""
        values = {
            "name": user.name,
            "role": user.role,
            "is_active": user.is_active,
            "password_hash": user.password_hash,
        }
        self._connection.execute(users.update().where(users.c.id == user.id).values(values))

    def remove(self, id: str) -> None:
        """Deletes a person who has no agents any more, with their keys, sessions and all else that is theirs."""
        self._connection.execute(users.delete().where(users.c.id == id))

    def other_active_owners(self, id: str) -> int:
        """How many active owners there are besides that person."""
        active = select(func.count()).select_from(users).where(users.c.role == Role.OWNER, users.c.is_active)
        return self._connection.execute(active.where(users.c.id != id)).scalar_one()

    def owner(self) -> User | None:
        """The first owner who is active, if there is one yet."""
        owners = (
            select(users).where(users.c.role == Role.OWNER, users.c.is_active).order_by(users.c.created_at, users.c.id)
        )
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
