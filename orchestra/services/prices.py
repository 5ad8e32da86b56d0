"""What a person can do with prices of models."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from orchestra.domain.identity import Permission, Principal, Role
from orchestra.domain.model_calls import Target
from orchestra.domain.prices import OwnPrice, Price
from orchestra.domain.text import is_storable
from orchestra.errors import Fault, Forbidden, Invalid, NotFound
from orchestra.gateway.price_book import PriceBook
from orchestra_storage.unit import Storage

_MOST = Decimal(1_000_000)
_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class PriceDraft:
    """A price in dollars per million tokens, for a model of one provider (its id, name or kind) or of all ("")."""

    model: str
    input: Decimal
    output: Decimal
    provider: str = ""
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    note: str | None = None


class PriceService:
    def __init__(self, storage: Storage, book: PriceBook) -> None:
        self._storage = storage
        self._book = book

    def list(self, principal: Principal) -> Sequence[OwnPrice]:
        """The prices that people have set, by model."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.prices.all()

    def put(self, principal: Principal, draft: PriceDraft) -> OwnPrice:
        """Set a price, in place of the one for the same model and provider; it holds for calls from now on."""
        _require_owner(principal)
        _check(draft)
        price = OwnPrice(
            id=uuid.uuid4().hex,
            model=draft.model,
            provider=draft.provider,
            input=draft.input,
            output=draft.output,
            updated_at=datetime.now(UTC),
            cached=draft.cached,
            cache_written=draft.cache_written,
            note=draft.note,
        )
        with self._storage.write() as unit:
            unit.prices.put(price)
        self._book.reload()
        return price

    def delete(self, principal: Principal, price_id: str) -> None:
        """Take a price away: the table's holds again."""
        _require_owner(principal)
        with self._storage.write() as unit:
            if not unit.prices.remove(price_id):
                raise NotFound("price", price_id)
        self._book.reload()

    def look_up(self, principal: Principal, model: str, provider: str = "") -> Price | None:
        """What a call of the model would be charged by now; None if its price is not known."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            known = unit.providers.get(provider) or unit.providers.named(provider)
        if known is None:
            target = Target(provider, provider, provider, model)
        else:
            local = known.facts.is_local
            target = Target(known.id, known.name, known.kind.value, model, known.base_url, is_local=local)
        return self._book.price_of(target, datetime.now(UTC))


def _require_owner(principal: Principal) -> None:
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden("Only owners may set prices.")


def _check(draft: PriceDraft) -> None:
    faults: list[Fault] = []
    texts = (("model", draft.model, 1), ("provider", draft.provider, 0), ("note", draft.note or "", 0))
    for field, text, shortest in texts:
        if not shortest <= len(text) <= _NAME_CHARACTERS or not is_storable(text):
            faults.append(Fault(f"/{field}", f"This must be a text of {shortest} to {_NAME_CHARACTERS} characters."))
    rates = (
        ("input", draft.input),
        ("output", draft.output),
        ("cached", draft.cached),
        ("cacheWritten", draft.cache_written),
    )
    for field, rate in rates:
        if rate is not None and not (rate.is_finite() and 0 <= rate <= _MOST):
            faults.append(Fault(f"/{field}", f"This must be a number of dollars from 0 to {_MOST:,}."))
    if faults:
        raise Invalid(f"The price cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
