"""/prices"""

from decimal import Decimal
from typing import Annotated

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_money import FoundPriceOut, PriceOut, PricesOut, SetPriceIn
from orchestra.services.prices import PriceDraft

router = router_for("Prices", "/prices")


@router.get("", summary="List the prices that were set here")
def list_prices(services: ServicesDep, principal: PrincipalDep) -> PricesOut:
    return PricesOut(prices=[PriceOut.of_price(price) for price in services.prices.list(principal)])


@router.put("", responses=INVALID, summary="Set a model's price, in place of the one before")
def set_price(services: ServicesDep, principal: PrincipalDep, body: SetPriceIn) -> PriceOut:
    draft = PriceDraft(
        model=body.model,
        provider=body.provider,
        input=_exact(body.input),
        output=_exact(body.output),
        cached=None if body.cached is None else _exact(body.cached),
        cache_written=None if body.cache_written is None else _exact(body.cache_written),
        note=body.note,
    )
    return PriceOut.of_price(services.prices.put(principal, draft))


@router.get("/lookup", responses=INVALID, summary="Tell what calls of a model are charged by")
def look_up_price(
    services: ServicesDep,
    principal: PrincipalDep,
    model: Annotated[str, Query(min_length=1, max_length=200)],
    provider: Annotated[str, Query(max_length=200, description="Its id, name or kind, such as openai.")] = "",
) -> FoundPriceOut:
    return FoundPriceOut.of_found(model, provider, services.prices.look_up(principal, model, provider))


@router.delete("/{price_id}", responses=UNKNOWN, summary="Take a price away; the table's holds again")
def delete_price(services: ServicesDep, principal: PrincipalDep, price_id: str) -> MessageOut:
    services.prices.delete(principal, price_id)
    return MessageOut(message="The price was taken away. Calls that it was used for keep their cost.")


def _exact(number: float) -> Decimal:
    """The number as it was written, and not as a float holds it."""
    return Decimal(repr(number))
