"""Reading requests, whatever is in them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.model_calls import Target, WireFormat
from orchestra.gateway.chat import text_of
from orchestra.gateway.errors import CallError, body_of, event_of
from orchestra.gateway.replies.prompts import messages_in
from orchestra.gateway.requests import Asked, body_for, read_request

FIELDS = [
    *("model", "messages", "role", "content", "type", "text", "stream", "stream_options", "include_usage", "n"),
    *("input", "prompt", "instructions", "system", "tool_result", "output", "name", "arguments"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(FIELDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner),
)
FORMATS = st.sampled_from(WireFormat)


def read(body: str, format: WireFormat = WireFormat.CHAT, model: str | None = None) -> Asked:
    return read_request(format, body.encode(), model)


def sent(body: str, model: str = "m", kind: str = "openai", format: WireFormat = WireFormat.CHAT) -> bytes:
    return body_for(read(body, format), Target("p", "P", kind, model))


def test_a_request_is_read() -> None:
    asked = read('{"model": "m", "messages": [], "stream": true, "stream_options": {"include_usage": true}, "seed": 5}')
    assert (asked.model, asked.stream, asked.include_usage, asked.fields["seed"]) == ("m", True, True, 5)


@pytest.mark.parametrize(
    ("format", "kind", "name"),
    [
        (WireFormat.CHAT, "openai", "max_completion_tokens"),
        (WireFormat.CHAT, "azure", "max_completion_tokens"),
        (WireFormat.CHAT, "mistral", "max_tokens"),
        (WireFormat.COMPLETIONS, "openai", "max_tokens"),
        (WireFormat.RESPONSES, "openai", "max_output_tokens"),
        (WireFormat.MESSAGES, "anthropic", "max_tokens"),
    ],
)
def test_a_bound_of_ours_has_the_name_that_the_provider_knows(format: WireFormat, kind: str, name: str) -> None:
    asked = replace(read('{"model": "m", "top_p": 0.5}', format), most_output_tokens=5000)
    assert json.loads(body_for(asked, Target("p", "P", kind, "m"))) == {"model": "m", "top_p": 0.5, name: 5000}


def test_a_model_may_be_named_by_the_address() -> None:
    asked = read('{"prompt": "x"}', WireFormat.COMPLETIONS, "old")
    assert asked.model == "old"
    assert json.loads(body_for(asked, Target("p", "P", "openai", "old"))) == {"prompt": "x", "model": "old"}


def test_what_the_body_says_counts_more_than_the_address() -> None:
    assert read('{"model": "new"}', WireFormat.COMPLETIONS, "old").model == "new"


@pytest.mark.parametrize(
    "body",
    [
        '{ "model":"m","messages" :[],  "temperature": 0.10, "unheard_of": 123456789012345678901234567890 }',
        '{"model": "m", "stream": true, "stream_options": {"include_usage": true}}',
        '{"model": "m", "stream": false}',
        '{"model": "m", "messages": [{"content": "\\u0000 \\ud800"}]}',
    ],
)
def test_what_needs_no_change_goes_on_byte_for_byte(body: str) -> None:
    assert sent(body) == body.encode()


def test_an_alias_becomes_the_providers_name() -> None:
    assert json.loads(sent('{"model": "fast", "seed": 5, "x": 0.1}', "gpt-9")) == {
        "model": "gpt-9",
        "seed": 5,
        "x": 0.1,
    }


def test_the_usage_of_a_stream_is_asked_for() -> None:
    asked = sent('{"model": "m", "stream": true, "stream_options": {"other": 1}}')
    assert json.loads(asked)["stream_options"] == {"other": 1, "include_usage": True}


@pytest.mark.parametrize("format", [WireFormat.RESPONSES, WireFormat.MESSAGES])
def test_formats_that_tell_the_usage_anyway_are_not_asked(format: WireFormat) -> None:
    body = '{"model": "m", "stream": true}'
    assert sent(body, format=format) == body.encode()


def test_a_provider_that_knows_no_stream_options_gets_none() -> None:
    assert "stream_options" not in json.loads(sent('{"model": "m", "stream": true}', kind="mistral"))


def test_stream_options_without_a_stream_are_left_out() -> None:
    assert json.loads(sent('{"model": "m", "stream_options": {"include_usage": true}}')) == {"model": "m"}


def test_text_is_put_together_from_its_parts() -> None:
    assert text_of({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": 7}, 8, {"text": "b"}]}) == "ab"


@pytest.mark.parametrize(
    ("format", "fields", "messages"),
    [
        (WireFormat.COMPLETIONS, {"prompt": ["a"]}, [("user", "a")]),
        (WireFormat.RESPONSES, {"input": "a", "instructions": "i"}, [("system", "i"), ("user", "a")]),
        (
            WireFormat.RESPONSES,
            {
                "input": [
                    {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
                    {"type": "function_call", "name": "f", "arguments": "{}"},
                    {"type": "function_call_output", "output": "done"},
                ]
            },
            [("user", "a"), ("assistant", ""), ("tool", "done")],
        ),
        (
            WireFormat.MESSAGES,
            {
                "system": [{"type": "text", "text": "s"}],
                "messages": [
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": {}}]},
                    {
                        "role": "user",
                        "content": [{"type": "tool_result", "content": "r"}, {"type": "text", "text": "b"}],
                    },
                ],
            },
            [("system", "s"), ("user", "a"), ("assistant", ""), ("tool", "r"), ("user", "b")],
        ),
    ],
)
def test_scripts_see_the_messages_of_a_chat_in_every_format(
    format: WireFormat, fields: dict[str, Any], messages: list[tuple[str, str]]
) -> None:
    asked = read(json.dumps({"model": "m", **fields}), format)
    assert [(message["role"], text_of(message)) for message in messages_in(asked)] == messages


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), FORMATS)
def test_any_object_is_read_or_refused(asked: dict[str, Any], format: WireFormat) -> None:
    read_or_refused(json.dumps({"model": "m", **asked}).encode(), format)


@given(st.binary(), FORMATS)
def test_any_body_is_read_or_refused(body: bytes, format: WireFormat) -> None:
    read_or_refused(body, format)


def read_or_refused(body: bytes, format: WireFormat) -> None:
    try:
        asked = read_request(format, body)
        json.loads(body_for(asked, Target("p", "P", "openai", "other")))
        for message in messages_in(asked):
            assert isinstance(text_of(message), str)
    except CallError as error:
        assert error.status == 400
        json.dumps(body_of(error, format), ensure_ascii=False).encode()
        assert event_of(error, format).endswith(b"\n\n")
