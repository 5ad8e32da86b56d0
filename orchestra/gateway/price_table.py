"""Finds prices in the table that genai-prices brings: the only place that knows that library."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from orchestra.domain.model_calls import Target
from orchestra.domain.prices import Price, Rate

# Our kinds of providers whose ids in the table are others, or which the table may only find by their address.
_IDS = {"openai", "anthropic", "google", "mistral", "deepseek", "groq", "openrouter", "together", "azure"}
_lock = threading.Lock()


def find_price(target: Target, at: datetime) -> Price | None:
    """What the target's model costs at that time; None if the table does not know. Takes a second when first asked."""
    with _lock:  # the table's own caches are not made for threads
        found = _find(target)
        if found is None:
            return None
        model, source = found, f"genai-prices {version('genai-prices')}"
        prices = model.get_prices(at)
        return _price(prices, source, _as_of())


def _find(target: Target) -> Any | None:
    from genai_prices.data_snapshot import get_snapshot  # 1.6 MB of table

    by = {"provider_id": target.kind, "provider_api_url": None} if target.kind in _IDS else None
    by = by or {"provider_id": None, "provider_api_url": target.base_url}
    if by["provider_id"] is None and not by["provider_api_url"]:
        return None  # by the model's name alone it would be a guess
    try:
        return get_snapshot().find_provider_model(target.model, None, **by)[1]
    except LookupError:
        return None


def _price(prices: Any, source: str, as_of: date | None) -> Price | None:
    into, out = _rate(prices, "input_mtok"), _rate(prices, "output_mtok")
    if into is None:
        return None
    calls: Any = getattr(prices, "requests_kcount", None)
    return Price(
        input=into,
        output=out or Rate(Decimal(0)),  # of embeddings
        source=source,
        as_of=as_of,
        cached=_rate(prices, "cache_read_mtok"),
        cache_written=_rate(prices, "cache_write_mtok"),
        reasoning=_rate(prices, "output_reasoning_mtok"),
        per_thousand_calls=calls if isinstance(calls, Decimal) else Decimal(0),
    )


def _rate(prices: Any, name: str) -> Rate | None:
    value: Any = getattr(prices, name, None)
    if value is None or isinstance(value, Decimal):
        return None if value is None else Rate(value)
    return Rate(value.base, tuple((tier.start, tier.price) for tier in value.tiers))


@cache
def _as_of() -> date | None:
    """The table says of no price when it was looked up; but it was not before the latest change that it knows of."""
    from genai_prices.data_snapshot import get_snapshot

    today = datetime.now(UTC).date()
    dates = [
        starts
        for provider in get_snapshot().providers
        for model in provider.models
        if isinstance(model.prices, list)
        for price in model.prices
        if (starts := getattr(price.constraint, "start_date", None)) is not None and starts <= today
    ]
    return max(dates, default=None)
