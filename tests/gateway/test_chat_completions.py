"""Chat completions that succeed, over real HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orchestra.domain.model_calls import CallStatus, Tokens

if TYPE_CHECKING:
    from conftest import Gateway

SAID = "Hello Ada, that is $5."


def events(response: Any) -> list[Any]:
    """The data of each event; the text DONE for the last."""
    lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    return [line[6:] if line == "data: [DONE]" else json.loads(line[6:]) for line in lines]


def deltas(chunks: list[Any]) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def test_a_completion_comes_whole(gateway: Gateway) -> None:
    answer = gateway.post(temperature=0.5, unheard_of={"x": 1}).json()
    assert answer["object"] == "chat.completion" and answer["id"].startswith("chatcmpl-")
    assert answer["model"] == "talk" and isinstance(answer["created"], int)
    [choice] = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": SAID}
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert answer["usage"] == {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}


def test_a_completion_is_metered_once(gateway: Gateway) -> None:
    gateway.post()
    [record] = gateway.settled
    assert (record.number, record.asked_model, record.status) == (7, "talk", CallStatus.COMPLETED)
    assert record.target is not None and record.target.kind == "scripted"
    assert (record.tokens, record.finish_reason, record.http_status) == (Tokens(4, 6), "stop", 200)


def test_a_completion_comes_in_pieces(gateway: Gateway) -> None:
    with gateway.stream() as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        *chunks, done = events(response)
    assert done == "[DONE]"
    assert deltas(chunks)[0] == {"role": "assistant", "content": ""}
    assert [delta.get("content") for delta in deltas(chunks)[1:]] == ["Hello ", "Ada, ", "that ", "is ", "$5.", None]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * 6 + ["stop"]
    assert {(chunk["object"], chunk["id"]) for chunk in chunks} == {("chat.completion.chunk", chunks[0]["id"])}


def test_the_usage_comes_last_if_asked_for(gateway: Gateway) -> None:
    with gateway.stream(stream_options={"include_usage": True}) as response:
        *_, finish, usage, _ = events(response)
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}


def test_a_stream_is_metered_before_it_ends(gateway: Gateway) -> None:
    gateway.meter_seconds = 0.2
    with gateway.stream() as response:
        for line in response.iter_lines():
            if '"finish_reason":"stop"' in line:
                assert [record.tokens for record in gateway.settled] == [Tokens(4, 6)]
    assert len(gateway.settled) == 1


def test_pieces_arrive_as_they_are_said(gateway: Gateway) -> None:
    with gateway.stream(model="slow") as response:
        lines = response.iter_lines()
        assert [next(lines) for _ in range(3)][2].count("word ") == 1
        assert gateway.settled == []


def test_tools_are_called_whole(gateway: Gateway) -> None:
    [choice] = gateway.post(messages=gateway.ask("weather?")["messages"], tools=[]).json()["choices"]
    assert choice["finish_reason"] == "tool_calls" and choice["message"]["content"] is None
    look_up, wait = choice["message"]["tool_calls"]
    assert look_up["type"] == "function" and look_up["id"] != wait["id"]
    assert look_up["function"]["name"] == "look_up"
    assert json.loads(look_up["function"]["arguments"]) == {"city": "Bern", "days": 2}


def test_tools_are_called_in_a_stream(gateway: Gateway) -> None:
    with gateway.stream(messages=gateway.ask("weather?")["messages"]) as response:
        *chunks, finish, _ = events(response)
    calls = [call for delta in deltas(chunks)[1:] for call in delta["tool_calls"]]
    assert [(call["index"], call["function"]["name"]) for call in calls] == [(0, "look_up"), (1, "wait")]
    assert finish["choices"][0]["finish_reason"] == "tool_calls"


def test_stream_options_without_a_stream_are_passed_over(gateway: Gateway) -> None:
    assert gateway.post(stream=False, stream_options={"include_usage": True}).json()["usage"]["total_tokens"] == 10


def test_the_scriptless_model_says_what_it_is(gateway: Gateway) -> None:
    content = gateway.post(model="scripted").json()["choices"][0]["message"]["content"]
    assert content.startswith("This is AgentOrchestra's scripted model, which answers from a script")


def test_hostile_text_comes_back_as_text(gateway: Gateway) -> None:
    hostile = "</script>${name}\u2028data: [DONE] \U0001f600"
    with gateway.stream(messages=gateway.ask(f"my name is {hostile}")["messages"]) as response:
        *chunks, done = events(response)
    assert done == "[DONE]"
    assert "".join(delta.get("content", "") for delta in deltas(chunks)) == f"Hello {hostile}, that is $5."


def test_models_are_listed(gateway: Gateway) -> None:
    listed = gateway.http.get("/models", headers=gateway.headers).json()
    assert listed["object"] == "list"
    names = [model["id"] for model in listed["data"]]
    assert names == ["broken", "flood", "missing", "scripted", "slow", "stuck", "talk"]
    assert {model["object"] for model in listed["data"]} == {"model"}
