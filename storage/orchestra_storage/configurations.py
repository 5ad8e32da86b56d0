"""Stores saved configurations, with how often agents were made of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from orchestra.domain.configurations import Configuration, ConfigurationChanges
from orchestra_storage.schema import configuration_uses, configurations, users


class Configurations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Configuration) -> None:
        values = {
            "id": new.id,
            "owner_id": new.owner_id,
            "name": new.name,
            "description": new.description,
            "framework": new.framework,
            "configuration": dict(new.configuration),
            "is_template": new.is_template,
            "is_public": new.is_public,
            "created_at": new.created_at,
            "updated_at": new.updated_at,
        }
        self._connection.execute(configurations.insert(), values)

    def get_visible(self, owner_id: str | None, id: str) -> Configuration | None:
        """The configuration, if it is that person's or public; any for None."""
        row = self._connection.execute(_joined().where(configurations.c.id == id, _seen(owner_id))).one_or_none()
        return _configuration_of(row) if row else None

    def list(self, owner_id: str | None, *, public: bool, framework: str | None = None) -> Sequence[Configuration]:
        """That person's, or everybody's for None, newest first; those that others have made public only if wanted."""
        seen = _seen(owner_id) if public else _own(owner_id)
        query = _joined().where(seen).order_by(configurations.c.created_at.desc(), configurations.c.id)
        if framework is not None:
            query = query.where(configurations.c.framework == framework)
        return [_configuration_of(row) for row in self._connection.execute(query)]

    def count(self, owner_id: str | None, since: datetime | None = None) -> int:
        """How many that person has saved, or everybody for None; since a moment, if one is given."""
        query = select(func.count()).select_from(configurations).where(_own(owner_id))
        if since is not None:
            query = query.where(configurations.c.created_at >= since)
        return self._connection.execute(query).scalar_one()

    def update(self, id: str, *, updated_at: datetime, **changes: Unpack[ConfigurationChanges]) -> None:
        values: dict[str, Any] = {**changes, "updated_at": updated_at}
        if "configuration" in changes:
            values["configuration"] = dict(changes["configuration"])
        self._connection.execute(configurations.update().where(configurations.c.id == id).values(values))

    def remove(self, id: str) -> None:
        self._connection.execute(configurations.delete().where(configurations.c.id == id))
        self._connection.execute(configuration_uses.delete().where(configuration_uses.c.configuration_id == id))

    def count_use(self, id: str) -> None:
        """An agent was made of it, or of a plugin's sample of that id."""
        c = configuration_uses.c
        counted = configuration_uses.update().where(c.configuration_id == id).values(count=c.count + 1)
        if self._connection.execute(counted).rowcount == 0:
            self._connection.execute(configuration_uses.insert(), {"configuration_id": id, "count": 1})

    def uses(self) -> dict[str, int]:
        """How many agents were made of each."""
        c = configuration_uses.c
        return {row[0]: row[1] for row in self._connection.execute(select(c.configuration_id, c.count))}


def _joined() -> Select[Any]:
    uses = configuration_uses.c
    used = func.coalesce(uses.count, 0).label("usage_count")
    joined = configurations.join(users).outerjoin(configuration_uses, uses.configuration_id == configurations.c.id)
    return select(configurations, users.c.name.label("owner_name"), used).select_from(joined)


def _own(owner_id: str | None) -> ColumnElement[bool]:
    return configurations.c.owner_id.is_not(None) if owner_id is None else configurations.c.owner_id == owner_id


def _seen(owner_id: str | None) -> ColumnElement[bool]:
    return or_(_own(owner_id), configurations.c.is_public)


def _configuration_of(row: Row[Any]) -> Configuration:
    return Configuration(
        id=row.id,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        name=row.name,
        framework=row.framework,
        configuration=row.configuration,
        created_at=row.created_at,
        updated_at=row.updated_at,
        description=row.description,
        is_template=row.is_template,
        is_public=row.is_public,
        usage_count=row.usage_count,
    )
