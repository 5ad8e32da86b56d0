"""Where prices come from."""

from datetime import UTC, datetime
from decimal import Decimal

from orchestra.domain.kept_calls import Charge
from orchestra.domain.model_calls import Target, Tokens, WireFormat
from orchestra.domain.prices import DECLARED, OwnPrice
from orchestra.gateway.price_book import PriceBook

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def book(*own: OwnPrice) -> PriceBook:
    return PriceBook(lambda: own)


def test_the_table_knows_what_providers_charge() -> None:
    target = Target("p1", "My OpenAI", "openai", "gpt-4o-mini")
    price = book().price_of(target, NOW)
    assert price is not None
    assert price.input.base == Decimal("0.15")
    assert price.output.base == Decimal("0.6")
    assert price.source.startswith("genai-prices ")
    assert price.as_of is not None
    charge = book().charge_for(target, WireFormat.CHAT, Tokens(1_000_000, 1_000_000), NOW)
    assert charge == Charge(0.75, price.source, price.as_of)


def test_a_provider_of_any_kind_is_known_by_its_address() -> None:
    target = Target("p2", "Other", "openai-compatible", "gpt-4o-mini", "https://api.openai.com/v1")
    assert book().price_of(target, NOW) is not None


def test_a_price_that_nobody_knows_is_unknown() -> None:
    for target in (
        Target("p", "Mine", "openai", "no-such-model-at-all"),
        Target("p", "Mine", "openai-compatible", "gpt-4o-mini", "https://llm.example.org/v1"),
        Target("p", "Mine", "openai-compatible", "gpt-4o-mini"),
    ):
        assert book().price_of(target, NOW) is None
        assert book().charge_for(target, WireFormat.CHAT, Tokens(1, 1), NOW) == Charge(None)


def test_what_runs_here_is_free_by_declaration() -> None:
    target = Target("p", "Ollama", "ollama", "llama3", is_local=True)
    charge = book().charge_for(target, WireFormat.CHAT, Tokens(), NOW)
    assert charge == Charge(0.0, DECLARED, None)


def test_the_persons_own_price_goes_before_all() -> None:
    own = OwnPrice("1", "gpt-4o-mini", "", Decimal(1), Decimal(2), NOW)
    charge = book(own).charge_for(Target("p", "P", "openai", "gpt-4o-mini"), WireFormat.CHAT, Tokens(10, 10), NOW)
    assert charge == Charge(0.00003, "set by you", NOW.date())


def test_embeddings_have_no_output() -> None:
    target = Target("p", "P", "openai", "text-embedding-3-small")
    charge = book().charge_for(target, WireFormat.EMBEDDINGS, Tokens(1_000_000, None), NOW)
    assert charge.cost == 0.02
