"""What a person can do with prices of models."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from orchestra.domain.identity import Permission, Principal, Role
from orchestra.domain.model_calls import Target
from orchestra.domain.prices import OwnPrice, Price
from orchestra.domain.providers import Provider
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
        return self.look_up_all(principal, [(model, provider)])[0]

    def look_up_all(self, principal: Principal, models: Sequence[tuple[str, str]]) -> Sequence[Price | None]:
        """The same of many at once, each a model and its provider's id, name or kind; in that order."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            providers = unit.providers.all()
        known = {one.name: one for one in providers} | {one.id: one for one in providers}
        now = datetime.now(UTC)
        return [self._book.price_of(_target(model, name, known.get(name)), now) for model, name in models]


def _target(model: str, name: str, provider: Provider | None) -> Target:
    if provider is None:
        return Target(name, name, name, model)
    local = provider.facts.is_local
    return Target(provider.id, provider.name, provider.kind.value, model, provider.base_url, is_local=local)


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
