"""The page of models: providers are tested, added, changed and removed, and aliases named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import KEY, REFUSAL, ModelServer, model_server
from screens import Visit, visiting
from servers import PLUGINS

from orchestra.domain.providers import Provider, ProviderKind
from orchestra.services.providers import ProviderDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


def add(visit: Visit, upstream: ModelServer, name: str = "mine") -> Provider:
    draft = ProviderDraft(name, ProviderKind.LOCAL, upstream.url, KEY, models=["talk-small"])
    return visit.services.providers.create(visit.principal, draft, test=False)[0]


async def test_a_provider_is_tested_before_it_is_added(visit: Visit, upstream: ModelServer) -> None:
    await visit.user.open("/models")
    await visit.sees("The scripted model answers without a provider.")
    visit.press("Add provider")
    await visit.sees("Add a provider")
    visit.fill("Kind", "local")
    visit.fill("Name", "mine")
    visit.fill("Address", upstream.url)
    visit.fill("Key", "sk-wrong-0123456789")
    visit.press("Test and add")
    await visit.sees(REFUSAL)
    assert visit.services.providers.list(visit.principal) == []
    visit.fill("Key", KEY)
    visit.press("Test and add")
    await visit.user.should_see("mine was added, with 3 models.", retries=100)
    await visit.sees(f"key …{KEY[-4:]}")
    await visit.user.should_not_see(KEY)
    await visit.sees("mine/talk-large")


async def test_what_cannot_be_is_told_at_its_field(visit: Visit) -> None:
    await visit.user.open("/models")
    visit.press("Add provider")
    await visit.sees("Add a provider")
    visit.fill("Name", "Big Name")
    visit.press("Test and add")
    await visit.sees("A name is made of small letters")
    await visit.sees("OpenAI wants a key.")


async def test_a_provider_is_tested_changed_switched_off_and_removed(visit: Visit, upstream: ModelServer) -> None:
    made = add(visit, upstream)
    await visit.user.open("/models")
    await visit.sees("mine")
    visit.press("Test")
    await visit.sees("talk-small answered within")
    visit.press("Edit")
    await visit.sees("Change mine")
    visit.fill("Name", "ours")
    visit.press("Save")
    await visit.user.should_see("ours was changed.", retries=100)
    assert visit.services.providers.get(visit.principal, made.id).sealed_key is not None
    visit.press("Edit")
    await visit.sees("Switch off")
    visit.press("Switch off")
    await visit.sees("Switched off")
    visit.press("Remove")
    await visit.sees("Its key is forgotten.")
    visit.press("Remove")
    await visit.sees("The scripted model answers without a provider.")


async def test_zero_egress_is_shown_and_what_it_forbids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: ModelServer
) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    async with visiting(tmp_path) as before:
        draft = ProviderDraft("away", ProviderKind.OPENAI, None, KEY)
        before.services.providers.create(before.principal, draft, test=False)
        await before.user.open("/models")
        await before.sees("https://api.openai.com/v1")
        await before.user.should_not_see("Zero egress")
    monkeypatch.setenv("ORCHESTRA_ZERO_EGRESS", "true")
    async with visiting(tmp_path) as visit:
        await visit.user.open("/models")
        await visit.sees("Zero egress: only models on this machine are asked")
        await visit.sees("Not asked from here")
        await visit.sees("api.openai.com is not its name")


async def test_an_alias_is_named_and_forms_offer_it(visit: Visit, upstream: ModelServer) -> None:
    add(visit, upstream)
    await visit.user.open("/models")
    await visit.sees("mine/talk-small")
    visit.fill("Alias", "fast")
    visit.fill("Models", ["mine/talk-small", "scripted/scripted"])
    visit.press("Save alias")
    await visit.sees("mine/talk-small, then scripted/scripted")
    assert visit.services.frameworks.models()[0] == "fast"


async def test_how_a_provider_is_asked_is_set_on_the_page(visit: Visit, upstream: ModelServer) -> None:
    made = add(visit, upstream)
    await visit.user.open("/models")
    await visit.sees("2 retries, 600 s of patience")
    visit.press("Edit")
    await visit.sees("Advanced")
    visit.fill("Timeout", 30)
    visit.fill("Retries", 0)
    visit.fill("Formats", ["chat", "messages"])
    visit.press("Save")
    await visit.sees("speaks chat, messages; 0 retries, 30 s of patience")
    kept = visit.services.providers.get(visit.principal, made.id)
    assert (kept.timeout_seconds, kept.retries, kept.formats) == (30, 0, {"chat", "messages"})
    visit.press("Edit")
    await visit.sees("Change mine")
    visit.fill("Formats", [])
    visit.fill("Timeout", 9999)
    visit.press("Save")
    await visit.sees("3,600")
    visit.fill("Timeout", 60)
    visit.press("Save")
    await visit.sees("0 retries, 60 s of patience")
    assert visit.services.providers.get(visit.principal, made.id).formats is None


async def test_models_are_shown_with_their_prices_and_ones_own_go_before(visit: Visit) -> None:
    draft = ProviderDraft("away", ProviderKind.OPENAI, None, KEY, models=["gpt-4o-mini", "unheard-of"])
    visit.services.providers.create(visit.principal, draft, test=False)
    await visit.user.open("/models")
    await visit.sees("away/gpt-4o-mini")
    await visit.sees("$0.15")
    await visit.sees("genai-prices")
    await visit.sees("unknown")
    visit.press("Set a price")
    await visit.sees("US dollars per million tokens, as all of these.")
    visit.fill("Model", "unheard-of")
    visit.fill("Provider", "away")
    visit.fill("Input", 0.3)
    visit.press("Set")
    await visit.sees("This must be a number of dollars")
    visit.fill("Output", 1.25)
    visit.fill("Note", "by mail")
    visit.press("Set")
    await visit.sees("output $1.25")
    await visit.sees("set by you")
    await visit.user.should_not_see("unknown")
    visit.press("Change")
    await visit.sees("Price of unheard-of")
    visit.fill("Output", 2)
    visit.press("Set")
    await visit.sees("output $2.00")
    [price] = visit.services.prices.list(visit.principal)
    assert (price.provider, str(price.input), str(price.output), price.note) == ("away", "0.3", "2", "by mail")
    visit.press("Take away")
    await visit.sees("The table's price holds again")
    visit.press("Take away")
    await visit.user.should_not_see("set by you", retries=50)
