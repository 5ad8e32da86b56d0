"""Providers that misbehave, clients and runs that end: each call is told so in its format, and settled once."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import upstream
from upstream import Fault, Provider

from orchestra.domain.model_calls import CallStatus, Tokens, WireFormat

if TYPE_CHECKING:
    from conftest import Gateway

MESSAGES = [{"role": "user", "content": "one two three"}]
PATHS = {
    WireFormat.CHAT: "/chat/completions",
    WireFormat.COMPLETIONS: "/completions",
    WireFormat.RESPONSES: "/responses",
    WireFormat.MESSAGES: "/messages",
}
FORMATS = pytest.mark.parametrize("format", PATHS)


def ask(model: str = "echo", **more: Any) -> dict[str, Any]:
    said = "one two three"
    return {"model": model, "messages": MESSAGES, "prompt": said, "input": said, "max_tokens": 9, **more}


def post(gateway: Gateway, format: WireFormat = WireFormat.CHAT, **body: Any) -> httpx2.Response:
    return gateway.http.post(PATHS[format], json=ask(**body), headers=gateway.headers)


def events(response: httpx2.Response) -> list[dict[str, Any]]:
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def only_record(gateway: Gateway) -> Any:
    [record] = gateway.records
    return record


@FORMATS
def test_a_provider_that_is_down_is_told_of(gateway: Gateway, provider: Provider, format: WireFormat) -> None:
    gateway.passes_to(provider, "echo", base_url="http://127.0.0.1:9/v1", retries=0)
    response = post(gateway, format)
    error = response.json()["error"]
    assert response.status_code == 502 and "Testing could not be reached" in error["message"]
    assert (response.json().get("type") == "error") == (format is WireFormat.MESSAGES)
    record = only_record(gateway)
    assert (record.status, record.http_status, record.tokens) == (CallStatus.FAILED, 502, Tokens(0, 0))
    refusal = gateway.refusals.take(7)
    assert refusal is not None and refusal.status == 502


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", [upstream.refuses(429, retry_after="0"), upstream.refuses(503), upstream.hangs_up])
def test_what_passes_by_is_tried_again(gateway: Gateway, provider: Provider, fault: Fault, stream: bool) -> None:
    gateway.passes_to(provider, "echo", retries=1)
    provider.misbehave(fault)
    assert post(gateway, stream=stream).status_code == 200
    assert len(provider.asks) == 2
    assert only_record(gateway).status is CallStatus.COMPLETED


def test_a_provider_is_given_the_time_it_asks_for(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", retries=1)
    provider.misbehave(upstream.refuses(429, retry_after="1"))
    began = time.monotonic()
    assert post(gateway).status_code == 200
    assert time.monotonic() - began >= 1


@FORMATS
@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_a_refusal_that_stays_passes_as_it_is(
    gateway: Gateway, provider: Provider, status: int, format: WireFormat
) -> None:
    gateway.passes_to(provider, "echo", retries=0)
    provider.misbehave(upstream.refuses(status, "that will not do", retry_after="7"))
    response = post(gateway, format, stream=True)
    assert (response.status_code, response.headers["retry-after"]) == (status, "7")
    assert response.json()["error"] == {
        **response.json()["error"],
        "message": "that will not do",
        "type": "some_error",
    }
    record = only_record(gateway)
    assert (record.status, record.http_status, record.error) == (CallStatus.FAILED, status, "that will not do")
    assert (record.tokens, record.reply) == (Tokens(0, 0), response.content)
    refusal = gateway.refusals.take(7)
    assert refusal is not None and (refusal.status, refusal.message) == (status, "that will not do")


def test_a_provider_that_wants_a_long_rest_is_not_waited_for(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    provider.always(upstream.refuses(429, retry_after="3600"))
    assert post(gateway).status_code == 429
    assert len(provider.asks) == 1


@pytest.mark.parametrize("fault", [upstream.refuses(500), upstream.refuses(401), upstream.hangs_up])
def test_another_provider_answers_where_the_first_does_not(gateway: Gateway, provider: Provider, fault: Fault) -> None:
    gateway.passes_to(provider, "smart", model="first", retries=0)
    gateway.passes_to(provider, "smart", model="second", provider_id="p2")
    provider.misbehave(fault)
    assert post(gateway, model="smart").json()["model"] == "second"
    target = only_record(gateway).target
    assert target is not None and (target.provider_id, target.model) == ("p2", "second")


def test_what_is_wrong_with_the_request_is_asked_of_nobody_else(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "smart", model="first")
    gateway.passes_to(provider, "smart", model="second")
    provider.misbehave(upstream.refuses(400))
    assert post(gateway, model="smart").status_code == 400
    assert len(provider.asks) == 1


@FORMATS
def test_a_stream_that_is_cut_ends_with_an_error(gateway: Gateway, provider: Provider, format: WireFormat) -> None:
    gateway.passes_to(provider, "words-20")
    provider.misbehave(upstream.cut(after_events=8))
    response = post(gateway, format, model="words-20", stream=True)
    *given, error = events(response)
    assert len(given) == 8  # and not the half of the ninth
    assert "broke" in error["error"]["message"]
    record = only_record(gateway)
    assert (record.status, record.http_status) == (CallStatus.CUT, 200)
    assert record.tokens.estimated and record.tokens.input and 0 < record.tokens.output < 20
    refusal = gateway.refusals.take(7)
    assert refusal is not None and refusal.status == 502


@FORMATS
def test_a_stream_that_ends_before_its_answer_ends_with_an_error(
    gateway: Gateway, provider: Provider, format: WireFormat
) -> None:
    gateway.passes_to(provider, "words-20")
    provider.misbehave(upstream.ends_early(after_events=6))
    *_, error = events(post(gateway, format, model="words-20", stream=True))
    assert "ended before" in error["error"]["message"]
    assert only_record(gateway).status is CallStatus.CUT


@FORMATS
def test_a_providers_own_error_in_a_stream_is_the_last_event(
    gateway: Gateway, provider: Provider, format: WireFormat
) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.breaks_off_with_an_error)
    *_, error = events(post(gateway, format, stream=True))
    assert error["error"]["message"] == "Overloaded"
    record = only_record(gateway)
    assert (record.status, record.error) == (CallStatus.CUT, "Overloaded")


@pytest.mark.parametrize("stream", [False, True])
def test_garbage_passes_and_counts_as_it_is_long(gateway: Gateway, provider: Provider, stream: bool) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.talks_garbage)
    response = post(gateway, stream=stream)
    assert response.status_code == 200
    assert only_record(gateway).tokens.estimated
    if stream:
        assert "ended before" in response.text.splitlines()[-2]
    else:
        assert response.content == b"<html>\xff\x00 not JSON"


def test_what_is_no_http_is_no_answer(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", retries=0)
    provider.misbehave(upstream.is_no_http)
    assert post(gateway).status_code == 502


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_of_ten_megabytes_passes_whole(gateway: Gateway, provider: Provider, stream: bool) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.says("x" * 10_000_000))
    response = post(gateway, stream=stream)
    assert response.text.count("x") >= 10_000_000
    assert only_record(gateway).status is CallStatus.COMPLETED
    assert only_record(gateway).reply == response.content


@FORMATS
@pytest.mark.parametrize("stream", [False, True])
def test_without_usage_the_tokens_are_counted(
    gateway: Gateway, provider: Provider, format: WireFormat, stream: bool
) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.tells_no_usage)
    post(gateway, format, stream=stream, messages=MESSAGES, prompt="one two three", input="one two three")
    tokens = only_record(gateway).tokens
    assert tokens.estimated and tokens.input and tokens.output == 4


def test_a_stream_that_drips_passes_to_its_end(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo", timeout_seconds=2)
    provider.misbehave(upstream.drips(0.001))
    response = post(gateway, stream=True)
    assert response.text.endswith("data: [DONE]\n\n")
    assert only_record(gateway).tokens == Tokens(11, 7, cached=3, reasoning=2)


@FORMATS
def test_a_provider_that_says_nothing_is_not_waited_for_forever(
    gateway: Gateway, provider: Provider, format: WireFormat
) -> None:
    gateway.passes_to(provider, "echo", timeout_seconds=0.2, retries=0)
    provider.misbehave(upstream.hangs)
    response = post(gateway, format)
    assert response.status_code == 504 and "said nothing for 0.2 seconds" in response.json()["error"]["message"]
    assert only_record(gateway).status is CallStatus.CUT  # what it does all the same, it may want to be paid for


def test_a_provider_that_falls_silent_in_a_stream_is_cut_off(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "words-20", timeout_seconds=0.3)
    provider.misbehave(upstream.pauses(after_events=5, seconds=5))
    *given, error = events(post(gateway, model="words-20", stream=True))
    assert len(given) == 5 and "said nothing" in error["error"]["message"]
    assert only_record(gateway).status is CallStatus.CUT


@pytest.mark.parametrize("format", PATHS)
def test_a_revoked_key_ends_the_stream_of_a_provider_at_once(
    gateway: Gateway, provider: Provider, format: WireFormat
) -> None:
    gateway.passes_to(provider, "words-20")
    provider.misbehave(upstream.pauses(after_events=5, seconds=30))
    body = ask(model="words-20", stream=True)
    with gateway.http.stream("POST", PATHS[format], json=body, headers=gateway.headers) as response:
        lines = response.iter_lines()
        while "word" not in next(lines):
            pass
        gateway.keys.revoke(7)
        revoked = time.monotonic()
        rest = "".join(lines)
    assert time.monotonic() - revoked < 2
    assert "has ended or was cancelled" in rest
    assert only_record(gateway).status is CallStatus.CUT


def test_a_revoked_key_ends_a_call_that_waits(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.hangs)
    threading.Timer(0.3, gateway.keys.revoke, [7]).start()
    began = time.monotonic()
    response = post(gateway)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "run_ended")
    assert time.monotonic() - began < 5
    record = only_record(gateway)
    assert (record.status, record.http_status, record.tokens.estimated) == (CallStatus.CUT, 403, True)


def test_a_client_that_leaves_a_call_that_waits_is_metered(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "echo")
    provider.misbehave(upstream.hangs)
    with pytest.raises(httpx2.TimeoutException):
        gateway.http.post("/chat/completions", json=ask(), headers=gateway.headers, timeout=0.3)
    record = gateway.wait_for_record()
    assert (record.status, record.http_status) == (CallStatus.CUT, 499)
    assert record.error is not None and "left" in record.error
    assert gateway.refusals.take(7) is None


def test_a_client_that_leaves_a_stream_lets_go_of_the_provider(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "words-20")
    provider.misbehave(upstream.pauses(after_events=3, seconds=30))
    body = ask(model="words-20", stream=True)
    with gateway.http.stream("POST", "/chat/completions", json=body, headers=gateway.headers) as response:
        next(response.iter_lines())
    assert gateway.wait_for_record().status is CallStatus.CUT
    assert post(gateway, model="words-20").status_code == 200
    assert provider.connections == 2  # the torn one is not used again


def test_a_client_that_leaves_while_a_retry_is_waited_for_counts_as_nothing_used(
    gateway: Gateway, provider: Provider
) -> None:
    gateway.passes_to(provider, "echo")
    provider.always(upstream.refuses(429, retry_after="30"))
    with pytest.raises(httpx2.TimeoutException):
        gateway.http.post("/chat/completions", json=ask(), headers=gateway.headers, timeout=0.5)
    assert gateway.wait_for_record().status is CallStatus.CUT
    assert len(provider.asks) == 1


@FORMATS
def test_our_own_refusals_come_in_the_formats_shape(gateway: Gateway, format: WireFormat) -> None:
    unknown = post(gateway, format, model="gpt-9")
    gateway.keys.revoke(7)
    ended = post(gateway, format)
    for response, status, kind in ((unknown, 404, "not_found_error"), (ended, 403, "permission_error")):
        assert response.status_code == status
        if format is WireFormat.MESSAGES:
            assert response.json()["type"] == "error" and response.json()["error"]["type"] == kind
        else:
            assert set(response.json()["error"]) == {"message", "type", "param", "code"}


def test_many_streams_at_once_lose_nothing(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "words-100")
    lost: list[int] = []

    def one() -> None:
        response = post(gateway, model="words-100", stream=True)
        if response.text.count("word") < 100 or "[DONE]" not in response.text:
            lost.append(1)

    threads = [threading.Thread(target=one) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not lost and len(gateway.settled) == 40
    assert {record.tokens.output for record in gateway.settled} == {7}
