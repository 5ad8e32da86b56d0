"""Calls that a provider answers: what it is sent, what the client gets, and what is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import upstream
from upstream import Provider, events, whole_answer

from orchestra.domain.model_calls import CallStatus, Tokens, WireFormat

if TYPE_CHECKING:
    from conftest import Gateway

CHAT: dict[str, Any] = {"model": "echo", "messages": [{"role": "user", "content": "Say this twice"}]}
ASKED: dict[WireFormat, tuple[str, dict[str, Any]]] = {
    WireFormat.CHAT: ("/chat/completions", CHAT),
    WireFormat.COMPLETIONS: ("/completions", {"model": "echo", "prompt": "Say this twice"}),
    WireFormat.RESPONSES: ("/responses", {"model": "echo", "input": "Say this twice"}),
    WireFormat.MESSAGES: ("/messages", {**CHAT, "max_tokens": 50}),
    WireFormat.EMBEDDINGS: ("/embeddings", {"model": "echo", "input": "Say this twice"}),
}
STREAMING = [format for format in ASKED if format is not WireFormat.EMBEDDINGS]


def post(gateway: Gateway, path: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
    return gateway.http.post(path, json=body, headers={**gateway.headers, **headers})


def expected(provider: Provider) -> bytes:
    """What the provider has sent, to the byte."""
    ask = provider.asks[-1]
    return b"".join(events(ask)) if ask.is_stream else json.dumps(whole_answer(ask)).encode()


@pytest.mark.parametrize("format", ASKED)
def test_an_answer_passes_byte_for_byte(gateway: Gateway, provider: Provider, format: WireFormat) -> None:
    gateway.passes_to(provider, "echo")
    path, body = ASKED[format]
    response = post(gateway, path, body)
    assert response.content == expected(provider)
    assert provider.asks[-1].path == "/v1" + path
    [record] = gateway.settled
    assert (record.status, record.format, record.http_status) == (CallStatus.COMPLETED, format, 200)
    assert (record.reply, json.loads(record.request)) == (response.content, body)
    assert (record.number, record.attempt, record.streamed, record.error) == (7, 1, False, None)


@pytest.mark.parametrize("format", STREAMING)
def test_a_stream_passes_byte_for_byte(gateway: Gateway, provider: Provider, format: WireFormat) -> None:
    gateway.passes_to(provider, "echo")
    path, body = ASKED[format]
    response = post(gateway, path, {**body, "stream": True, "stream_options": {"include_usage": True}})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.content == expected(provider)
    [record] = gateway.settled
    assert (record.status, record.streamed, record.reply) == (CallStatus.COMPLETED, True, response.content)
    assert record.first_token_ms is not None and 0 < record.first_token_ms <= record.latency_ms


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("format", ASKED)
def test_what_a_provider_says_of_its_tokens_is_kept(
    gateway: Gateway, provider: Provider, format: WireFormat, stream: bool
) -> None:
    gateway.passes_to(provider, "echo")
    path, body = ASKED[format]
    post(gateway, path, {**body, "stream": stream})
    tokens = {
        WireFormat.MESSAGES: Tokens(13, 7, cached=3, cache_written=2),
        WireFormat.EMBEDDINGS: Tokens(5, 0),
    }
    [record] = gateway.settled
    assert record.tokens == tokens.get(format, Tokens(11, 7, cached=3, reasoning=2))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("format", [WireFormat.CHAT, WireFormat.RESPONSES, WireFormat.MESSAGES])
def test_the_tools_that_a_model_calls_are_kept(
    gateway: Gateway, provider: Provider, format: WireFormat, stream: bool
) -> None:
    gateway.passes_to(provider, "tool")
    path, body = ASKED[format]
    tool: dict[str, Any] = {"type": "function", "name": "look_up", "function": {"name": "look_up"}}
    post(gateway, path, {**body, "model": "tool", "tools": [tool], "stream": stream})
    [record] = gateway.settled
    assert record.tool_calls == ("look_up",)
    assert record.finish_reason in {"tool_calls", "tool_use", "completed"}


def test_the_usage_of_a_stream_is_known_though_the_client_did_not_ask(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    response = post(gateway, "/chat/completions", {**CHAT, "stream": True})
    assert provider.asks[-1].body["stream_options"] == {"include_usage": True}
    assert '"usage"' not in response.text and response.text.endswith("data: [DONE]\n\n")
    assert gateway.settled[0].tokens.input == 11


def test_an_alias_is_asked_under_the_providers_name(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "fast", model="echo")
    assert post(gateway, "/chat/completions", {**CHAT, "model": "fast"}).json()["model"] == "echo"
    [record] = gateway.settled
    assert record.target is not None
    assert (record.asked_model, record.target.model) == ("fast", "echo")


def test_a_request_passes_byte_for_byte(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    body = (
        b'{ "model":"echo", "messages" :[{"role":"user","content":"\\u00e9\xc3\xa9"}], "top_k": 1.50, "x": {"y": []}}'
    )
    gateway.http.post("/chat/completions", content=body, headers=gateway.headers)
    assert provider.asks[-1].raw == body


def test_a_provider_gets_its_own_key_and_never_the_runs(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", headers={"Authorization": "Bearer of-provider"}, query={"api-version": "2"})
    post(gateway, "/chat/completions", CHAT, **{"x-api-key": gateway.key, "cookie": "a=b", "openai-beta": "new"})
    sent = provider.asks[-1]
    assert sent.path == "/v1/chat/completions?api-version=2"
    assert sent.headers["authorization"] == "Bearer of-provider"
    assert gateway.key not in str(sent.headers) and "cookie" not in sent.headers
    assert sent.headers["openai-beta"] == "new"


def test_what_is_between_a_provider_and_us_does_not_reach_the_client(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    headers = post(gateway, "/chat/completions", CHAT).headers
    assert headers["x-request-id"] == "req-openai"
    assert "set-cookie" not in headers


def test_connections_are_used_again(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    for stream in (False, True) * 3:
        assert post(gateway, "/chat/completions", {**CHAT, "stream": stream}).status_code == 200
    assert (provider.connections, len(provider.asks)) == (1, 6)


@pytest.mark.parametrize("header", ["x-api-key", "api-key"])
def test_a_runs_key_may_come_as_other_clients_send_it(gateway: Gateway, header: str) -> None:
    response = gateway.http.get("/models", headers={header: gateway.key})
    assert response.status_code == 200


def test_old_clients_name_the_model_in_the_address(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "text-embedding-ada-002", "org/echo:7b")
    vectors = post(gateway, "/engines/text-embedding-ada-002/embeddings", {"input": [[1, 2], [3]]}).json()["data"]
    assert len(vectors) == 2
    assert provider.asks[-1].body == {"input": [[1, 2], [3]], "model": "text-embedding-ada-002"}
    post(gateway, "/engines/org/echo:7b/completions", {"prompt": "hello"})
    assert provider.asks[-1].path == "/v1/completions" and provider.asks[-1].body["model"] == "org/echo:7b"


def test_models_of_providers_are_listed_beside_the_scripted(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    names = [model["id"] for model in gateway.http.get("/models", headers=gateway.headers).json()["data"]]
    assert {"echo", "scripted"} <= set(names)
    assert gateway.http.get("/models/echo", headers=gateway.headers).json()["id"] == "echo"
    assert gateway.http.get("/models/none", headers=gateway.headers).status_code == 404


def test_a_prompt_that_did_not_fit_is_marked(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", context_tokens=12)
    post(gateway, "/chat/completions", CHAT)
    post(gateway, "/chat/completions", {**CHAT, "messages": [{"role": "user", "content": "long " * 100}]})
    assert [record.truncated_prompt for record in gateway.settled] == [False, True]


def test_a_refused_call_is_kept_with_the_reason(gateway: Gateway) -> None:
    gateway.post(model="gpt-9")
    [record] = gateway.refused
    assert (record.status, record.http_status, record.target) == (CallStatus.REFUSED, 404, None)
    assert record.error is not None and "gpt-9" in record.error


def test_a_count_of_tokens_passes_byte_for_byte(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", retries=0)
    body = {**CHAT, "thinking": {"type": "enabled"}, "unknown": 1}
    response = post(gateway, "/messages/count_tokens", body, **{"anthropic-beta": "token-counting"})
    assert response.content == expected(provider)
    assert (provider.asks[0].body, provider.asks[0].headers["anthropic-beta"]) == (body, "token-counting")
    provider.always(upstream.refuses(429, "slow down"))
    refused = post(gateway, "/messages/count_tokens", body)
    assert (refused.status_code, refused.json()["error"]["message"]) == (429, "slow down")
    gateway.keys.revoke(7)
    assert post(gateway, "/messages/count_tokens", body).json()["error"]["type"] == "permission_error"
    assert gateway.records == []


def test_a_bound_that_a_budget_asks_for_is_set_and_a_closer_one_where_it_is_refused(
    gateway: Gateway, provider: Provider
) -> None:
    gateway.passes_to(provider, "echo")
    gateway.most_output_tokens = 8_000
    provider.misbehave(upstream.refuses(400, "max_tokens is too large"))
    assert post(gateway, "/chat/completions", CHAT).status_code == 200
    assert [ask.body.get("max_tokens") for ask in provider.asks] == [8_000, 2_000]
    provider.always(upstream.refuses(400, "no such parameter"))
    refused = post(gateway, "/messages", CHAT)
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "no such parameter")
    assert [ask.body.get("max_tokens") for ask in provider.asks[2:]] == [8_000, 2_000, 1_024]
    assert [record.http_status for record in gateway.settled] == [200, 400]
    assert json.loads(gateway.settled[0].request) == CHAT
