"""Stores the names that stand for models."""

from typing import Any

from sqlalchemy import Connection, Row, select

from orchestra.domain.providers import Alias, Route
from orchestra_storage.schema import model_aliases


class Aliases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Alias]:
        """By name."""
        return [
            _alias_of(row) for row in self._connection.execute(select(model_aliases).order_by(model_aliases.c.name))
        ]

    def get(self, name: str) -> Alias | None:
        row = self._connection.execute(select(model_aliases).where(model_aliases.c.name == name)).one_or_none()
        return _alias_of(row) if row else None

    def put(self, alias: Alias) -> None:
        """Writes down an alias as it is now, whether there was one or not."""
        values = {"routes": [[one.provider_id, one.model] for one in alias.routes], "updated_at": alias.updated_at}
        changed = self._connection.execute(
            model_aliases.update().where(model_aliases.c.name == alias.name).values(values)
        )
        if not changed.rowcount:
            new = {"name": alias.name, "created_at": alias.created_at, **values}
            self._connection.execute(model_aliases.insert(), new)

    def remove(self, name: str) -> None:
        self._connection.execute(model_aliases.delete().where(model_aliases.c.name == name))


def _alias_of(row: Row[Any]) -> Alias:
    routes = tuple(Route(provider_id, model) for provider_id, model in row.routes)
    return Alias(row.name, routes, row.created_at, row.updated_at)
