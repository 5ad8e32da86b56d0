"""Stores the prices that people have set."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from orchestra.domain.prices import OwnPrice
from orchestra_storage.schema import prices


class Prices:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[OwnPrice]:
        """By model, then provider."""
        query = select(prices).order_by(prices.c.model, prices.c.provider)
        return [_price_of(row) for row in self._connection.execute(query)]

    def get(self, id: str) -> OwnPrice | None:
        row = self._connection.execute(select(prices).where(prices.c.id == id)).one_or_none()
        return _price_of(row) if row else None

    def put(self, price: OwnPrice) -> None:
        """Keeps it in place of the one for the same model and provider."""
        same = (prices.c.model == price.model) & (prices.c.provider == price.provider)
        self._connection.execute(prices.delete().where(same | (prices.c.id == price.id)))
        self._connection.execute(prices.insert(), _values_of(price))

    def remove(self, id: str) -> bool:
        """False if there is no such price."""
        return self._connection.execute(prices.delete().where(prices.c.id == id)).rowcount == 1


def _values_of(price: OwnPrice) -> dict[str, Any]:
    return {
        "id": price.id,
        "model": price.model,
        "provider": price.provider,
        "input": str(price.input),
        "output": str(price.output),
        "cached": None if price.cached is None else str(price.cached),
        "cache_written": None if price.cache_written is None else str(price.cache_written),
        "note": price.note,
        "updated_at": price.updated_at,
    }


def _price_of(row: Row[Any]) -> OwnPrice:
    return OwnPrice(
        id=row.id,
        model=row.model,
        provider=row.provider,
        input=Decimal(row.input),
        output=Decimal(row.output),
        updated_at=row.updated_at,
        cached=None if row.cached is None else Decimal(row.cached),
        cache_written=None if row.cache_written is None else Decimal(row.cache_written),
        note=row.note,
    )
