"""What calls cost."""

import random
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.model_calls import Tokens
from orchestra.domain.prices import FREE, OwnPrice, Price, Rate, added, cost_of, most, own_price_for, total

PRICE = Price(
    input=Rate(Decimal(3), ((200_000, Decimal(6)),)),
    output=Rate(Decimal(15)),
    source="test",
    as_of=None,
    cached=Rate(Decimal("0.3")),
    cache_written=Rate(Decimal("3.75")),
)
COSTS = st.integers(0, 10**13).map(lambda billionths: billionths / 1e9)


def own(model: str, provider: str, cost: int) -> OwnPrice:
    return OwnPrice(f"{model}{provider}", model, provider, Decimal(cost), Decimal(cost), datetime.now(UTC))


def test_each_kind_of_token_has_its_price() -> None:
    tokens = Tokens(input=1000, output=100, cached=400, cache_written=200)
    assert cost_of(PRICE, tokens) == 0.0012 + 0.00012 + 0.00075 + 0.0015


def test_a_long_prompt_costs_more_for_all_of_its_tokens() -> None:
    assert cost_of(PRICE, Tokens(200_000, 0)) == 0.6
    assert cost_of(PRICE, Tokens(200_001, 0)) == 1.200006


def test_what_is_not_known_is_not_nothing() -> None:
    assert cost_of(PRICE, Tokens(100, None)) is None
    assert cost_of(PRICE, Tokens()) is None
    assert cost_of(FREE, Tokens()) == 0.0


def test_a_provider_that_counts_badly_is_charged_what_can_be() -> None:
    assert cost_of(PRICE, Tokens(input=10, output=5, cached=99, cache_written=99, reasoning=99)) == 0.000078
    assert cost_of(PRICE, Tokens(input=-10, output=-5)) == 0.0


@given(st.integers(0, 300_000), st.integers(0, 10_000), st.integers(0, 300_000), st.integers(0, 300_000))
def test_no_call_costs_more_than_what_was_set_aside_for_it(into: int, out: int, cached: int, written: int) -> None:
    cost = cost_of(PRICE, Tokens(into, out, cached, written))
    assert cost is not None
    assert cost <= most(PRICE, into, out)


@given(st.lists(COSTS, max_size=50), st.randoms(use_true_random=False))
def test_a_sum_is_the_same_in_whatever_order_it_is_made(costs: list[float], chance: random.Random) -> None:
    shuffled = chance.sample(costs, len(costs))
    assert total(costs) == total(shuffled) == added(total(shuffled[:3]), total(shuffled[3:]))


def test_the_nearest_own_price_holds() -> None:
    prices = [own("m", "", 1), own("m", "openai", 2), own("m", "p1", 3)]
    assert own_price_for(prices, "M", ("p1", "Name", "openai")) == prices[2]
    assert own_price_for(prices, "m", ("p2", "Name", "OpenAI")) == prices[1]
    assert own_price_for(prices, "m", ("p2", "Name", "other")) == prices[0]
    assert own_price_for(prices, "n", ("p1", "Name", "openai")) is None
