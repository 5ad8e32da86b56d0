"""Stores providers of models."""

from typing import Any

from sqlalchemy import Connection, Row, select

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import Provider, ProviderKind
from orchestra_storage.schema import providers


class Providers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Provider]:
        """The oldest first."""
        rows = self._connection.execute(select(providers).order_by(providers.c.created_at, providers.c.id))
        return [_provider_of(row) for row in rows]

    def get(self, id: str) -> Provider | None:
        row = self._connection.execute(select(providers).where(providers.c.id == id)).one_or_none()
        return _provider_of(row) if row else None

    def named(self, name: str) -> Provider | None:
        row = self._connection.execute(select(providers).where(providers.c.name == name)).one_or_none()
        return _provider_of(row) if row else None

    def add(self, new: Provider) -> None:
        values = {"id": new.id, "created_at": new.created_at, **_values_of(new)}
        self._connection.execute(providers.insert(), values)

    def update(self, changed: Provider) -> None:
        """Writes down a provider as it is now."""
        self._connection.execute(providers.update().where(providers.c.id == changed.id).values(_values_of(changed)))

    def remove(self, id: str) -> None:
        self._connection.execute(providers.delete().where(providers.c.id == id))


def _values_of(provider: Provider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "kind": provider.kind.value,
        "base_url": provider.base_url,
        "secret": provider.sealed_key,
        "key_hint": provider.key_hint,
        "formats": None if provider.formats is None else sorted(provider.formats),
        "api_version": provider.api_version,
        "timeout_seconds": provider.timeout_seconds,
        "retries": provider.retries,
        "context_tokens": provider.context_tokens,
        "is_active": provider.is_active,
        "models": list(provider.models),
        "listed_at": provider.listed_at,
        "updated_at": provider.updated_at,
    }


def _provider_of(row: Row[Any]) -> Provider:
    return Provider(
        id=row.id,
        name=row.name,
        kind=ProviderKind(row.kind),
        base_url=row.base_url,
        created_at=row.created_at,
        updated_at=row.updated_at,
        sealed_key=row.secret,
        key_hint=row.key_hint,
        formats=None if row.formats is None else frozenset(map(WireFormat, row.formats)),
        api_version=row.api_version,
        timeout_seconds=row.timeout_seconds,
        retries=row.retries,
        context_tokens=row.context_tokens,
        is_active=row.is_active,
        models=tuple(row.models),
        listed_at=row.listed_at,
    )
