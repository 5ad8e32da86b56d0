"""Calls that get no answer: each is told so in OpenAI's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from orchestra.domain.model_calls import CallStatus, Tokens

if TYPE_CHECKING:
    from conftest import Gateway


def error_of(response: httpx2.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"]
    return error


@pytest.mark.parametrize("value", [None, "", "Bearer", "Basic x", "Bearer ao_unknown", "Bearer null"])
@pytest.mark.parametrize("path", ["/models", "/chat/completions"])
def test_without_a_live_key_nothing_is_told(gateway: Gateway, path: str, value: str | None) -> None:
    method = "GET" if path == "/models" else "POST"
    response = gateway.http.request(method, path, headers={"Authorization": value} if value is not None else {})
    assert error_of(response, 401)["code"] == "invalid_api_key"
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_key_of_an_ended_run_is_told_from_a_strange_one(gateway: Gateway) -> None:
    gateway.keys.revoke(7)
    assert error_of(gateway.post(), 403)["code"] == "run_ended"
    assert error_of(gateway.http.get("/models", headers=gateway.headers), 403)["code"] == "run_ended"
    assert gateway.settled == []


def test_an_unknown_model_is_answered_with_the_known_ones(gateway: Gateway) -> None:
    error = error_of(gateway.post(model="gpt-9"), 404)
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert "'gpt-9'" in error["message"] and "scripted, slow, stuck, talk" in error["message"]


@pytest.mark.parametrize("model", ["broken", "missing"])
def test_a_broken_script_is_told_on_use(gateway: Gateway, model: str) -> None:
    error = error_of(gateway.post(model=model), 400)
    assert error["code"] == "broken_script" and model in error["message"]
    assert gateway.settled == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"model": ["talk"]}, "model"),
        ({"model": ""}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [7]}, "messages[0]"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "NUL \x00"}]}, "messages"),
        ({"user": "\x00"}, "user"),
        ({"n": 2}, "n"),
        ({"n": []}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"stream": True, "stream_options": 7}, "stream_options"),
        ({"stream": True, "stream_options": {"include_usage": 7}}, "include_usage"),
    ],
)
def test_what_cannot_be_understood_is_named(gateway: Gateway, change: dict[str, Any], param: str) -> None:
    error = error_of(gateway.post(**change), 400)
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    # What a script refuses is kept as any provider's refusal is, and used nothing.
    assert {(record.status, record.tokens) for record in gateway.settled} <= {(CallStatus.FAILED, Tokens(0, 0))}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"model": NaN}',
        b'{"n": 1e999}',
        b'{"user": "\\ud800"}',
        b'{"n": ' + b"1" * 5000 + b"}",
    ],
)
def test_a_broken_body_is_refused(gateway: Gateway, body: bytes) -> None:
    error_of(gateway.http.post("/chat/completions", content=body, headers=gateway.headers), 400)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/chat/completions", 405),
        ("DELETE", "/models", 405),
        ("GET", "/nothing", 404),
        ("GET", "/models/", 404),
        ("GET", "/../docs", 404),
        ("GET", "/../openapi.json", 404),
    ],
)
def test_wrong_places_are_told_in_the_same_shape(gateway: Gateway, method: str, path: str, status: int) -> None:
    error_of(gateway.http.request(method, path, headers=gateway.headers), status)


def test_a_call_whose_usage_is_not_written_fails(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    gateway.meter_error = OSError("the disk is full")
    assert error_of(gateway.post(), 500)["type"] == "server_error"
    assert len(gateway.settled) == 1
    assert "execution 7" in caplog.text and "the disk is full" in caplog.text


def test_the_sentence_of_a_fault_says_where(gateway: Gateway) -> None:
    error = error_of(gateway.post(messages=gateway.ask("\x00")["messages"]), 400)
    assert "NUL" in error["message"] and "/messages/0/content" in error["message"]


def test_the_last_refusal_of_a_run_is_remembered_until_a_call_is_answered(gateway: Gateway) -> None:
    error_of(gateway.post(model="gpt-9"), 404)
    refusal = gateway.refusals.take(7)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (404, "model_not_found")
    assert gateway.refusals.take(7) is None
    error_of(gateway.post(model="gpt-9"), 404)
    assert gateway.post().status_code == 200
    assert gateway.refusals.take(7) is None


def test_that_the_run_has_ended_is_no_refusal_of_a_model(gateway: Gateway) -> None:
    gateway.keys.revoke(7)
    error_of(gateway.post(), 403)
    assert gateway.refusals.take(7) is None
