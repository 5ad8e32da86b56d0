"""What models cost: prices, and what a call comes to. Money is in US dollars, exact to a billionth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from orchestra.domain.model_calls import Tokens

_MILLION = 1_000_000
_THOUSAND = 1_000
_STEP = Decimal("0.000000001")
DIGITS = 9
"""Sums of costs are rounded to so many places, so that they are the same in whatever order they were added up."""

DECLARED = "declared"
"""The source of a price of 0 that follows from where a model runs."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens; with a prompt of more than `start` tokens, the price of the tier (start, price)."""

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, prompt_tokens: int) -> Decimal:
        return next((price for start, price in reversed(self.tiers) if prompt_tokens > start), self.base)

    @property
    def highest(self) -> Decimal:
        return max([self.base, *(price for _, price in self.tiers)])


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs, where that is from, and of when it is; None: as the tokens that it is a part of."""

    input: Rate
    output: Rate
    source: str
    as_of: date | None
    cached: Rate | None = None
    cache_written: Rate | None = None
    reasoning: Rate | None = None
    per_thousand_calls: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A price that a person has set; `provider` is a provider's id, name or kind, "" for all of them."""

    id: str
    model: str
    provider: str
    input: Decimal
    output: Decimal
    updated_at: datetime
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    note: str | None = None

    def price(self) -> Price:
        return Price(
            input=Rate(self.input),
            output=Rate(self.output),
            source="set by you",
            as_of=self.updated_at.date(),
            cached=None if self.cached is None else Rate(self.cached),
            cache_written=None if self.cache_written is None else Rate(self.cache_written),
        )


FREE = Price(Rate(Decimal(0)), Rate(Decimal(0)), DECLARED, None)


def cost_of(price: Price, tokens: Tokens) -> float | None:
    """What these tokens cost; None if it is not known how many there were."""
    if price == FREE:
        return 0.0
    if tokens.input is None or tokens.output is None:
        return None
    prompt, output = max(0, tokens.input), max(0, tokens.output)
    cached = min(max(0, tokens.cached or 0), prompt)
    written = min(max(0, tokens.cache_written or 0), prompt - cached)
    reasoning = min(max(0, tokens.reasoning or 0), output)
    parts = (
        (price.input, prompt - cached - written),
        (price.cached or price.input, cached),
        (price.cache_written or price.input, written),
        (price.output, output - reasoning),
        (price.reasoning or price.output, reasoning),
    )
    cost = sum((rate.at(prompt) * count for rate, count in parts), Decimal(0)) / _MILLION
    return _rounded(cost + price.per_thousand_calls / _THOUSAND)


def most(price: Price, input_tokens: int, output_tokens: int) -> float:
    """What a call can cost at most that reads and writes no more than this."""
    into = max(rate.at(input_tokens) for rate in (price.input, price.cached, price.cache_written) if rate is not None)
    out = max(rate.at(input_tokens) for rate in (price.output, price.reasoning) if rate is not None)
    return _rounded((into * input_tokens + out * output_tokens) / _MILLION + price.per_thousand_calls / _THOUSAND)


def total(costs: Iterable[float]) -> float:
    """The sum, the same in whatever order it is made."""
    return added(0.0, *costs)


def added(sum_so_far: float, *costs: float) -> float:
    """A sum with some more to it; what was rounded so far stays the nearest number to what it stands for."""
    for cost in costs:
        sum_so_far = round(sum_so_far + cost, DIGITS)
    return sum_so_far


def own_price_for(prices: Iterable[OwnPrice], model: str, providers: Iterable[str]) -> OwnPrice | None:
    """The person's price for a model: of the first of these names of its provider that has one, else of any."""
    named = {(one.provider.lower(), one.model.lower()): one for one in prices}
    for provider in (*providers, ""):
        if found := named.get((provider.lower(), model.lower())):
            return found
    return None


def _rounded(cost: Decimal) -> float:
    return float(cost.quantize(_STEP, ROUND_HALF_EVEN))
