"""Reading what providers answer, whatever it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.model_calls import Tokens, WireFormat
from orchestra.gateway.wire.formats import FORMATS
from orchestra.gateway.wire.reading import Reading, characters_of
from orchestra.gateway.wire.sse import Events, data_of

NAMES = [
    *(
        "choices",
        "delta",
        "message",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "index",
        "usage",
        "type",
    ),
    *("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "response", "item", "output", "error"),
    *("finish_reason", "content_block", "text", "status", "input", "prompt_tokens_details", "cached_tokens"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
)
ENDS = st.sampled_from([b"\n\n", b"\r\n\r\n", b"\r\r"])


def read_all(stream: bytes, sizes: list[int]) -> list[bytes]:
    events, found = Events(), list[bytes]()
    for size in [*sizes, len(stream)]:
        found += events.feed(stream[:size])
        stream = stream[size:]
    return [*found, events.rest()]


@given(st.lists(st.tuples(st.binary(max_size=20), ENDS), max_size=6), st.lists(st.integers(1, 9), max_size=40))
def test_no_byte_of_a_stream_is_lost_however_it_is_cut(parts: list[tuple[bytes, bytes]], sizes: list[int]) -> None:
    stream = b"".join(part + end for part, end in parts)
    assert b"".join(read_all(stream, sizes)) == stream


@given(st.lists(st.integers(1, 5), max_size=60))
def test_events_are_the_same_however_they_come(sizes: list[int]) -> None:
    stream = b"event: a\ndata: 1\n\ndata: 2\r\n\r\n: comment\n\ndata: 3\ndata: 4\n\nda"
    assert read_all(stream, sizes) == [
        b"event: a\ndata: 1\n\n",
        b"data: 2\r\n\r\n",
        b": comment\n\n",
        b"data: 3\ndata: 4\n\n",
        b"da",
    ]


@pytest.mark.parametrize(
    ("event", "data"),
    [(b"data: 1\n\n", b"1"), (b"data:1\r\n\r\n", b"1"), (b"data: 3\ndata: 4\n\n", b"3\n4"), (b": no\n\n", b"")],
)
def test_the_data_of_an_event(event: bytes, data: bytes) -> None:
    assert data_of(event) == data


def test_what_never_becomes_an_event_is_not_gathered_forever() -> None:
    events = Events(most_bytes=10)
    assert list(events.feed(b"x" * 8)) == []
    assert list(events.feed(b"x" * 8)) == [b"x" * 16]


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from(WireFormat))
def test_any_answer_can_be_read(body: dict[str, Any], format: WireFormat) -> None:
    whole, events = Reading(), Reading()
    FORMATS[format].read_reply(json.dumps(body).encode(), whole)
    FORMATS[format].read_event(b"data: " + json.dumps(body).encode() + b"\n\n", events)
    for reading in (whole, events):
        tokens = reading.tokens(100)
        assert tokens.input is not None and tokens.input >= 0 and (tokens.output or 0) >= 0
        json.dumps([reading.finish_reason, reading.error, reading.tool_calls]).encode()


@given(st.binary(), st.sampled_from(WireFormat))
def test_any_bytes_can_be_read(body: bytes, format: WireFormat) -> None:
    FORMATS[format].read_reply(body, Reading())
    FORMATS[format].read_event(body, Reading())


@pytest.mark.parametrize("count", [-1, True, "7", 1.5, 2**80, None, [], {}])
def test_a_count_that_cannot_be_is_not_believed(count: Any) -> None:
    reading = Reading()
    usage = {"prompt_tokens": count, "completion_tokens": 3}
    FORMATS[WireFormat.CHAT].read_reply(json.dumps({"choices": [], "usage": usage}).encode(), reading)
    assert reading.tokens(40) == Tokens(10, 3, estimated=True)


def test_text_counts_and_images_do_not() -> None:
    asked = {
        "model": "a name that is no prompt",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "1234"}]}],
        "input": [1, 2, 3],
        "images": [{"url": "data:image/png;base64," + "x" * 1000}, {"type": "base64", "data": "x" * 1000}],
    }
    assert characters_of(asked) == 4 + 3 * 4
