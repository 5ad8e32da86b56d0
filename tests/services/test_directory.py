"""Which providers answer for which model: aliases, names of providers, what they list, and what forbids asking them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from model_server import KEY, ModelServer, model_server

from orchestra.bus import Bus
from orchestra.domain.egress import Egress
from orchestra.domain.identity import Principal
from orchestra.domain.model_calls import Target, WireFormat
from orchestra.domain.providers import Provider, ProviderKind, Route
from orchestra.gateway.egress import ways_for
from orchestra.gateway.errors import CallError
from orchestra.gateway.prober import Prober
from orchestra.services.admissions import Admissions
from orchestra.services.directory import Directory
from orchestra.services.identity import IdentityService
from orchestra.services.models import ModelService
from orchestra.services.providers import ProviderDraft, ProviderService
from orchestra.vault import Vault
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


@dataclass
class House:
    """The services over one database, and the directory that they keep true."""

    directory: Directory
    providers: ProviderService
    models: ModelService
    owner: Principal

    def add(self, name: str, kind: ProviderKind = ProviderKind.LOCAL, url: str | None = None, **more: Any) -> Provider:
        draft = ProviderDraft(name, kind, url or "http://127.0.0.1:9/v1", KEY, **more)
        return self.providers.create(self.owner, draft, test=False)[0]

    def alias(self, name: str, *routes: tuple[str, str]) -> None:
        self.models.set_alias(self.owner, name, [Route(*route) for route in routes])

    def ask(self, model: str, format: WireFormat = WireFormat.CHAT) -> Sequence[Target]:
        return self.directory.resolve(1, model, format)

    def refusal(self, model: str, format: WireFormat = WireFormat.CHAT) -> CallError:
        with pytest.raises(CallError) as refused:
            self.ask(model, format)
        return refused.value


def house_in(folder: Path, zero_egress: bool = False) -> House:
    migrate(folder / "orchestra.db")
    storage, bus, vault = Storage.open(folder / "orchestra.db"), Bus(), Vault(folder / "secret.key")
    egress = Egress(zero_egress)
    prober = Prober(ways_for(egress))
    directory = Directory(storage, vault, egress, prober, lambda: ["scripted"])
    return House(
        directory,
        ProviderService(storage, bus, vault, egress, prober, directory.forget),
        ModelService(storage, bus, directory, lambda: ["scripted"], directory.forget),
        IdentityService(storage, bus, Admissions(storage), 1).local_owner()[0],
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_in(tmp_path)


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


def test_a_model_is_asked_for_by_provider_and_name_whether_it_is_listed_or_not(house: House) -> None:
    made = house.add("router", models=["openai/gpt"])
    for name, model in (("router/openai/gpt", "openai/gpt"), ("openai/gpt", "openai/gpt"), ("router/new", "new")):
        [target] = house.ask(name)
        assert (target.provider_id, target.provider_name, target.model) == (made.id, "router", model)
    assert target.headers == {"Authorization": f"Bearer {KEY}"}
    assert (target.base_url, target.is_local, target.retries) == ("http://127.0.0.1:9/v1", True, 2)


def test_a_name_that_two_providers_list_is_the_older_ones(house: House) -> None:
    house.add("first", models=["same"])
    house.add("second", models=["same"])
    assert [one.provider_name for one in house.ask("same")] == ["first"]


def test_an_alias_gives_all_its_routes_in_order_and_goes_before_listed_names(house: House) -> None:
    house.add("a", models=["smart"])
    house.add("b")
    house.alias("smart", ("b", "big"), ("a", "smart"), ("scripted", "scripted"))
    targets = house.ask("smart")
    assert [(one.provider_name, one.model, one.kind) for one in targets] == [
        ("b", "big", "local"),
        ("a", "smart", "local"),
        ("scripted", "scripted", "scripted"),
    ]


def test_what_changes_counts_from_the_next_call_on(house: House) -> None:
    made = house.add("a")
    house.alias("smart", ("a", "one"))
    assert house.ask("smart")[0].model == "one"
    house.alias("smart", ("a", "two"))
    assert house.ask("smart")[0].model == "two"
    house.providers.update(house.owner, made.id, {"api_key": "sk-new-0123456789"}, test=False)
    assert house.ask("smart")[0].headers == {"Authorization": "Bearer sk-new-0123456789"}
    house.providers.update(house.owner, made.id, {"is_active": False})
    assert house.refusal("smart").status == 404
    assert "switched off" in house.refusal("smart").message
    assert house.directory.names() == ["smart"]


def test_an_unknown_model_is_told_which_there_are(house: House) -> None:
    house.add("a", models=["one"])
    house.alias("fast", ("a", "one"))
    refused = house.refusal("nothing")
    assert (refused.status, refused.code, refused.param) == (404, "model_not_found", "model")
    assert refused.message == "There is no model 'nothing'. There are: fast, scripted, a/one."
    assert house.directory.names() == ["fast", "a/one"]


def test_a_format_that_a_provider_does_not_speak_is_refused_with_those_that_it_does(house: House) -> None:
    house.add("gemini", ProviderKind.GOOGLE, "https://generativelanguage.googleapis.com/v1beta/openai")
    house.add("claude", ProviderKind.ANTHROPIC, "https://api.anthropic.com/v1")
    refused = house.refusal("gemini/flash", WireFormat.MESSAGES)
    assert (refused.status, refused.code) == (400, "format_not_spoken")
    assert refused.message.endswith("which cannot be asked for messages. It speaks: chat, embeddings.")
    house.alias("smart", ("gemini", "flash"), ("claude", "opus"))
    assert [one.provider_name for one in house.ask("smart", WireFormat.MESSAGES)] == ["claude"]
    assert [one.provider_name for one in house.ask("smart", WireFormat.EMBEDDINGS)] == ["gemini"]


def test_with_zero_egress_only_this_machine_is_asked(tmp_path: Path) -> None:
    before = house_in(tmp_path)
    before.add("openai", ProviderKind.OPENAI, "https://api.openai.com/v1", models=["gpt"])
    before.add("near", url="http://192.168.1.7/v1", models=["gpt", "llama"])
    before.add("here", models=["gpt"])
    before.alias("smart", ("openai", "gpt"), ("here", "gpt"))
    house = house_in(tmp_path, zero_egress=True)
    for model in ("openai/gpt", "near/llama", "llama"):
        refused = house.refusal(model)
        assert (refused.status, refused.code) == (403, "zero_egress")
        assert "ORCHESTRA_ZERO_EGRESS" in refused.message
    assert [one.provider_name for one in house.ask("smart")] == ["here"]
    assert [one.provider_name for one in house.ask("gpt")] == ["here"]
    assert house.directory.names() == ["smart", "here/gpt"]


def test_a_key_that_cannot_be_read_any_more_is_told(house: House, tmp_path: Path) -> None:
    house.add("a")
    (tmp_path / "secret.key").write_text("A" * 43 + "=")
    refused = house_in(tmp_path).refusal("a/one")
    assert (refused.status, refused.code) == (400, "key_unreadable")


def test_ollama_is_asked_for_models_with_the_context_that_is_wanted(house: House, upstream: ModelServer) -> None:
    house.add("ollama", ProviderKind.OLLAMA, upstream.url, context_tokens=16384)
    for _ in range(3):
        [target] = house.ask("ollama/llama3")
        assert (target.model, target.context_tokens) == ("llama3:latest-ctx16384", 16384)
    assert upstream.paths() == ["/api/create"]
    assert upstream.asked[0][3] == {
        "model": "llama3:latest-ctx16384",
        "from": "llama3",
        "parameters": {"num_ctx": 16384},
        "stream": False,
    }
    upstream.refuses["/api/create"] = (404, b'{"error":"model \'x\' not found"}')
    refused = house.refusal("ollama/x")
    assert (refused.status, refused.code) == (400, "context_not_available")
    assert "ollama says: 404 model 'x' not found" in refused.message
