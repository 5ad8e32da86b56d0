"""What a provider is asked to test it, and how its answers about itself are read."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import KINDS, Provider, ProviderKind
from orchestra.gateway.targets import headers_of, is_made_by_us, target_of, with_context
from orchestra.gateway.trials import (
    call_of_trial,
    format_of_trial,
    is_answer,
    loaded_context,
    model_of_trial,
    models_in,
    refusal_in,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def provider(kind: ProviderKind, base_url: str | None = None, api_version: str | None = None) -> Provider:
    base = KINDS[kind].base_url if base_url is None else base_url
    return Provider("p1", "mine", kind, base, NOW, NOW, api_version=api_version)


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_every_kind_can_be_tested_in_a_format_that_it_speaks(kind: ProviderKind) -> None:
    one = provider(kind)
    format = format_of_trial(one)
    path, body = call_of_trial(one, "some-model", format)
    assert format in one.spoken
    assert path.startswith("/")
    assert body["model"] == "some-model"
    assert "hunter2" in str(dict(headers_of(one, "hunter2", format)))
    assert headers_of(one, None, format) == {}


def test_keys_stand_where_each_kind_wants_them() -> None:
    anthropic, azure = provider(ProviderKind.ANTHROPIC), provider(ProviderKind.AZURE, "https://a.example")
    assert headers_of(anthropic, "k", WireFormat.MESSAGES)["x-api-key"] == "k"
    assert headers_of(anthropic, "k", WireFormat.CHAT) == {"Authorization": "Bearer k"}
    assert headers_of(azure, "k", WireFormat.CHAT) == {"api-key": "k"}


def test_azure_with_a_version_has_an_address_for_each_deployment() -> None:
    old = provider(ProviderKind.AZURE, "https://a.example", "2024-10-21")
    target = target_of(old, "k", "my gpt/4", WireFormat.CHAT)
    assert target.base_url == "https://a.example/openai/deployments/my%20gpt%2F4"
    assert target.query == {"api-version": "2024-10-21"}
    assert WireFormat.RESPONSES not in target.formats
    new = target_of(provider(ProviderKind.AZURE, "https://a.example/openai/v1"), "k", "gpt", WireFormat.RESPONSES)
    assert (new.base_url, dict(new.query)) == ("https://a.example/openai/v1", {})
    assert WireFormat.RESPONSES in new.formats


def test_a_target_does_not_show_its_key() -> None:
    assert "hunter2" not in repr(target_of(provider(ProviderKind.OPENAI), "hunter2", "m", WireFormat.CHAT))


@pytest.mark.parametrize(
    ("listed", "tested"),
    [
        (None, "gpt-4.1-nano"),
        ([], "gpt-4.1-nano"),
        (["gpt-5", "gpt-5-nano", "text-embedding-3-small"], "gpt-5-nano"),
        (["text-embedding-3-small", "whisper-1", "gpt-9"], "gpt-9"),
        (["text-embedding-3-small"], "text-embedding-3-small"),
    ],
)
def test_a_cheap_model_is_tested_where_one_is_known(listed: list[str] | None, tested: str) -> None:
    assert model_of_trial(provider(ProviderKind.OPENAI), listed) == tested


def test_a_server_of_ones_own_that_lists_nothing_needs_a_model_to_be_named() -> None:
    assert model_of_trial(provider(ProviderKind.VLLM), None) is None


@pytest.mark.parametrize(
    ("body", "models"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}, ["a", "b"]),
        ({"models": [{"name": "models/gemini"}]}, ["gemini"]),
        ([{"id": "together"}], ["together"]),
        ({"data": [{"id": ""}, {"id": 5}, "x", {"id": "bad\nname"}, {"id": "x" * 201}, {"id": "fine"}]}, ["fine"]),
        ({"data": [{"id": "llama3:8b"}, {"id": "llama3:8b-ctx8192"}]}, ["llama3:8b"]),
        ({"data": "none"}, None),
        ("text", None),
    ],
)
def test_lists_of_models_are_read_without_trust(body: object, models: list[str] | None) -> None:
    assert models_in(json.dumps(body).encode()) == models


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "No such key"}}', "401 No such key"),
        (b'{"error": "No such key"}', "401 No such key"),
        (b'[{"error": {"message": "No such key"}}]', "401 No such key"),
        (b'{"message": "No such key"}', "401 No such key"),
        (b'{"detail": {"message": "No such\\n  key"}}', "401 No such key"),
        (b"<html>No such key</html>", "401 <html>No such key</html>"),
        (b"\xff\x00", "401 \ufffd\ufffd"),
        (b"", "401"),
        (b"x" * 5000, "401 " + "x" * 400),
    ],
)
def test_a_provider_is_quoted_in_its_own_words(body: bytes, words: str) -> None:
    assert refusal_in(401, body) == words


def test_an_answer_is_an_object_without_an_error() -> None:
    assert is_answer(b'{"choices": [], "error": null}')
    assert not any(map(is_answer, (b'{"error": {"message": "no"}}', b"[]", b"<html>", b"", b"[" * 100_000)))


def test_the_context_that_ollama_gives_is_read_from_what_it_has_loaded() -> None:
    body = json.dumps({"models": [{"name": "a:latest", "model": "a:latest", "context_length": 4096}, "x"]}).encode()
    assert loaded_context(body, "a:latest") == 4096
    assert loaded_context(body, "b") is None
    assert loaded_context(b"{}", "a:latest") is None


def test_a_model_with_a_context_has_a_name_of_its_own() -> None:
    assert with_context("llama3", 8192) == "llama3:latest-ctx8192"
    assert with_context("hf.co/me/llama3:8b", 8192) == "hf.co/me/llama3:8b-ctx8192"
    assert is_made_by_us("llama3:latest-ctx8192")
    assert not is_made_by_us("llama3:8b")


def test_formats_that_somebody_has_set_go_before_what_is_usual() -> None:
    one = dataclasses.replace(provider(ProviderKind.COMPATIBLE), formats=frozenset({WireFormat.EMBEDDINGS}))
    assert format_of_trial(one) is WireFormat.EMBEDDINGS
    assert target_of(one, None, "m", WireFormat.EMBEDDINGS).formats == {WireFormat.EMBEDDINGS}
