"""An execution's model calls, told again by the scripted model."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.kept_calls import Charge, KeptCall
from orchestra.domain.model_calls import CallRecord, CallStatus, Target, Tokens, WireFormat
from orchestra.gateway.recording import script_of
from orchestra.gateway.said import Said, said_in
from orchestra.gateway.script_parsing import parse_script
from orchestra.gateway.scripts import Failure, Reply, ToolCall, answer

TARGET = Target("p", "P", "openai", "m")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


def kept(
    messages: list[dict[str, Any]],
    message: dict[str, Any] | None,
    status: CallStatus = CallStatus.COMPLETED,
    http_status: int = 200,
    error: str | None = None,
) -> KeptCall:
    reply = b"" if message is None else json.dumps({"choices": [{"message": message}]}).encode()
    record = CallRecord(
        id="c",
        number=1,
        attempt=1,
        format=WireFormat.CHAT,
        asked_model="m",
        target=TARGET,
        status=status,
        http_status=http_status,
        error=error,
        tokens=Tokens(5, 2),
        started_at=datetime.now(UTC),
        latency_ms=1,
        first_token_ms=None,
        request=json.dumps({"model": "m", "messages": messages}).encode(),
        reply=reply,
        streamed=False,
        finish_reason="stop",
        tool_calls=(),
        truncated_prompt=False,
    )
    return KeptCall(record, "a", Charge(0.5))


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


@given(TEXT, TEXT)
def test_the_same_request_gets_the_same_reply(prompt: str, reply: str) -> None:
    script = script_of([kept([user(prompt)], {"content": reply})], "Recorded")
    if not reply:
        assert script is None
        return
    assert script is not None
    told = answer(parse_script(script, "recorded"), [user(prompt)])
    assert told is not None
    assert told.text == reply
    assert told.usage == Tokens(5, 2)


def test_the_place_in_a_conversation_counts() -> None:
    said = {"role": "assistant", "content": "one"}
    calls = [kept([user("go on")], {"content": "one"}), kept([user("go on"), said, user("go on")], {"content": "$2"})]
    script = script_of(calls, "Recorded")
    assert script is not None
    parsed = parse_script(script, "recorded")
    told = answer(parsed, [user("go on"), said, user("go on")])
    assert told is not None
    assert told.text == "$2"


def test_tools_and_failures_are_told_again() -> None:
    function = {"name": "look_up", "arguments": '{"city": "$Bern"}'}
    called = kept([user("weather")], {"content": None, "tool_calls": [{"function": function}]})
    failed = kept([user("more")], None, CallStatus.FAILED, 429, "Too fast.")
    script = script_of([called, failed], "Recorded")
    assert script is not None
    parsed = parse_script(script, "recorded")
    told = answer(parsed, [user("weather")])
    assert told is not None
    assert told.tool_calls == (ToolCall("look_up", {"city": "$Bern"}),)
    assert answer(parsed, [user("more")]) == Reply(None, failure=Failure(429, "Too fast.", "scripted_error"))


def test_what_cannot_be_told_again_is_left_out() -> None:
    cut = kept([user("x")], {"content": "half"}, CallStatus.CUT)
    refused = kept([user("x")], None, CallStatus.REFUSED, 402)
    assert script_of([cut, refused], "Recorded") is None


CHAT_STREAM = b"""data: {"choices":[{"index":0,"delta":{"content":"Hel"}},{"index":1,"delta":{"content":"no"}}]}

data: {"choices":[{"index":0,"delta":{"content":"lo"}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\\"a\\""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":": 1}"}}]}}]}

data: [DONE]

"""
MESSAGES_STREAM = b"""event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"He"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"llo"}}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\": 1}"}}

"""
RESPONSE = {
    "output": [
        {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]},
        {"type": "function_call", "name": "f", "arguments": '{"a": 1}'},
    ]
}
MESSAGE = {"content": [{"type": "text", "text": "Hello"}, {"type": "tool_use", "name": "f", "input": {"a": 1}}]}


@pytest.mark.parametrize(
    ("format", "reply", "streamed"),
    [
        (WireFormat.CHAT, CHAT_STREAM, True),
        (WireFormat.MESSAGES, MESSAGES_STREAM, True),
        (WireFormat.MESSAGES, json.dumps(MESSAGE).encode(), False),
        (WireFormat.RESPONSES, json.dumps(RESPONSE).encode(), False),
        (
            WireFormat.RESPONSES,
            b"data: " + json.dumps({"type": "response.completed", "response": RESPONSE}).encode() + b"\n\n",
            True,
        ),
    ],
)
def test_what_was_said_is_read_in_every_format(format: WireFormat, reply: bytes, streamed: bool) -> None:
    assert said_in(format, reply, streamed) == Said("Hello", (ToolCall("f", {"a": 1}),))


@given(st.sampled_from(list(WireFormat)), st.binary(max_size=300), st.booleans())
def test_garbage_says_nothing_that_breaks(format: WireFormat, reply: bytes, streamed: bool) -> None:
    assert isinstance(said_in(format, reply, streamed).text, str)
