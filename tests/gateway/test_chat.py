"""Reading requests, whatever is in them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestra.gateway.chat import ChatRequest, parse_request, text_of
from orchestra.gateway.errors import CallError, body_of

FIELDS = ["model", "messages", "role", "content", "type", "text", "stream", "stream_options", "include_usage", "n"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner),
)


def test_a_request_is_read() -> None:
    body = b'{"model": "m", "messages": [{"role": "user", "content": null}], "stream": true, "n": 1, "seed": 5}'
    assert parse_request(body) == ChatRequest("m", [{"role": "user", "content": None}], True, False)


def test_text_is_put_together_from_its_parts() -> None:
    assert text_of({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": 7}, 8, {"text": "b"}]}) == "ab"


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_object_is_read_or_refused(asked: dict[str, Any]) -> None:
    read_or_refused(json.dumps(asked).encode())


@given(st.binary())
def test_any_body_is_read_or_refused(body: bytes) -> None:
    read_or_refused(body)


def read_or_refused(body: bytes) -> None:
    try:
        for message in parse_request(body).messages:
            assert isinstance(text_of(message), str)
    except CallError as error:
        assert error.status == 400
        json.dumps(body_of(error), ensure_ascii=False).encode()
