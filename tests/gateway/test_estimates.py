"""What a call may use at most."""

import json
from typing import Any

import pytest

from orchestra.domain.model_calls import WireFormat
from orchestra.gateway.estimates import Estimate, bounds_from, estimate_of


def estimated(format: WireFormat, **asked: Any) -> Estimate:
    return estimate_of(format, asked, json.dumps(asked).encode())


@pytest.mark.parametrize(
    ("format", "asked", "tokens", "replies"),
    [
        (WireFormat.CHAT, {"max_tokens": 7}, 7, 1),
        (WireFormat.CHAT, {"max_completion_tokens": 8, "max_tokens": 7, "n": 2}, 8, 2),
        (WireFormat.CHAT, {"max_tokens": "many"}, None, 1),
        (WireFormat.CHAT, {"max_tokens": 0, "n": -1}, None, 1),
        (WireFormat.COMPLETIONS, {"max_tokens": 7, "best_of": 3}, 7, 3),
        (WireFormat.RESPONSES, {"max_output_tokens": 9}, 9, 1),
        (WireFormat.MESSAGES, {"max_tokens": 10}, 10, 1),
        (WireFormat.MESSAGES, {}, None, 1),
        (WireFormat.EMBEDDINGS, {"max_tokens": 7}, 0, 1),
    ],
)
def test_the_output_is_bounded_by_what_the_format_says(
    format: WireFormat, asked: dict[str, Any], tokens: int | None, replies: int
) -> None:
    estimate = estimated(format, **asked)
    assert (estimate.reply_tokens, estimate.replies) == (tokens, replies)


def test_bounds_that_are_tried_become_closer_but_not_useless() -> None:
    assert list(bounds_from(2000)) == [2000, 1000, 500]
    assert list(bounds_from(100)) == [100]


def test_the_prompt_is_estimated_by_its_length() -> None:
    assert 1000 <= estimated(WireFormat.CHAT, messages=[{"content": "word " * 800}]).input_tokens <= 1020


def test_an_image_is_no_text() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 1_000_000}}
    assert estimated(WireFormat.CHAT, messages=[{"content": [picture]}]).input_tokens < 2_000
