"""Knows what each model costs: by the person's own prices first, then by where it runs, then by the table."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from orchestra.domain.kept_calls import Charge
from orchestra.domain.model_calls import Target, Tokens, WireFormat
from orchestra.domain.prices import FREE, OwnPrice, Price, cost_of, own_price_for
from orchestra.gateway.price_table import find_price
from orchestra_storage.haste import refuse_haste

_REMEMBERED = 10_000


class PriceBook:
    """Safe to share among threads; what the table says is remembered for a day."""

    def __init__(self, read_own: Callable[[], Sequence[OwnPrice]]) -> None:
        self._read_own = read_own
        self._lock = threading.Lock()
        self._own = list(read_own())
        self._found: dict[tuple[object, ...], Price | None] = {}

    def reload(self) -> None:
        """A person's price was set or taken away."""
        self._own = list(self._read_own())

    def price_of(self, target: Target, at: datetime) -> Price | None:
        """What the target's model costs at that time; None if nobody knows."""
        names = (target.provider_id, target.provider_name, target.kind)
        if own := own_price_for(self._own, target.model, names):
            return own.price()
        if target.is_local or target.kind == "scripted":
            return FREE
        key = (target.kind, target.base_url, target.model, at.date())
        if key not in self._found:
            refuse_haste()  # the table is loaded at the first use
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = find_price(target, at)
        return self._found[key]

    def charge_for(self, target: Target | None, format: WireFormat, tokens: Tokens, at: datetime) -> Charge:
        """What a call cost, and by which price."""
        if target is None:
            return Charge(0.0)  # nobody was asked
        price = self.price_of(target, at)
        if format is WireFormat.EMBEDDINGS and tokens.output is None:
            tokens = replace(tokens, output=0)
        if price is None:
            return Charge()
        return Charge(cost_of(price, tokens), price.source, price.as_of)
