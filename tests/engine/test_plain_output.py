"""Stretches of a journal that DuckDB may read by itself."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.engine.plain_output import count_lines
from orchestra.worker import protocol


def lines_of(*texts: str) -> bytes:
    encoded = protocol.output_encoder(time.time(), "INFO", "stdout")
    return "".join(encoded(text, offset) for offset, text in enumerate(texts)).encode("ascii")


@given(st.lists(st.text(st.characters(max_codepoint=0xD7FF, exclude_characters="\0")), min_size=1))
def test_what_a_worker_captures_is_recognised(texts: list[str]) -> None:
    assert count_lines(lines_of(*texts)) == len(texts)


@pytest.mark.parametrize("doubtful", ["\0", "\ud800", "\udfff", "\U0001f600"])
def test_what_may_not_be_storable_is_left_to_the_careful_way(doubtful: str) -> None:
    assert count_lines(lines_of("fine", doubtful)) is None


GOOD = lines_of("fine")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        b"no event\n",
        GOOD.replace(b'"log"', b'"end"'),
        GOOD.replace(b'"log"', b'"status"'),
        GOOD.replace(b"INFO", b"FATAL"),
        GOOD.replace(b"fine", b'fine", "kind": "status'),
        GOOD.replace(b"fine", b"fine\\"),
        GOOD.replace(b"fine", b"fine\\x"),
        GOOD.replace(b"fine", b"fine\xff"),
        GOOD.replace(b"fine", b"fine\\u12"),
        GOOD.replace(b"}}", b', "seal": ""}}'),
        GOOD.replace(b'"at": ', b'"at": -'),
    ],
)
def test_nothing_else_is_taken_for_output(bad: bytes) -> None:
    assert count_lines(GOOD) == 1
    assert count_lines(bad) is None
    assert count_lines(GOOD + bad) is None or bad == b""


def test_what_is_recognised_is_json() -> None:
    for line in lines_of('quoted "text"', "back\\slash", "\x7f\x1b[31m", "é").splitlines():
        json.loads(line)
