"""Prices of models."""

from typing import NotRequired, TypedDict

from orchestra.client.calls import Listing, Request
from orchestra.client.executions import Confirmation
from orchestra.client.fields import body_of, path_of
from orchestra.client.groups import D, Group, operation, series


class Rates(TypedDict):
    """US dollars per million tokens."""

    input: float
    output: float
    cached: NotRequired[float]
    cacheWritten: NotRequired[float]


class Price(Rates):
    """One that was set here; without `provider` it holds for all of them."""

    id: str
    model: str
    provider: NotRequired[str]
    note: NotRequired[str]
    updatedAt: str


class FoundPrice(TypedDict):
    """What calls are charged by; without `price` nobody knows what the model costs."""

    model: str
    provider: NotRequired[str]
    price: NotRequired[Rates]
    source: NotRequired[str]
    asOf: NotRequired[str]


class Prices(Group[D]):
    @series
    def list(self) -> Listing[Price]:
        """The prices that were set here."""
        return Listing(Request("GET", path_of("prices")), "prices")

    @operation
    def set(
        self,
        model: str,
        input: float,
        output: float,
        *,
        provider: str | None = None,
        cached: float | None = None,
        cache_written: float | None = None,
        note: str | None = None,
    ) -> Request[Price]:
        """Set a model's price, in place of the one before; `provider` is its id, name or kind."""
        body = body_of(
            model=model,
            input=input,
            output=output,
            provider=provider,
            cached=cached,
            cache_written=cache_written,
            note=note,
        )
        return Request("PUT", path_of("prices"), body=body)

    @operation
    def look_up(self, model: str, *, provider: str | None = None) -> Request[FoundPrice]:
        """What calls of a model are charged by."""
        return Request("GET", path_of("prices", "lookup"), {"model": model, "provider": provider})

    @operation
    def delete(self, price_id: str) -> Request[Confirmation]:
        """Take it away; the table's holds again."""
        return Request("DELETE", path_of("prices", price_id))
