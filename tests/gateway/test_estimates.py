"""What a call may use at most."""

import json
from typing import Any

import pytest

from orchestra.domain.model_calls import WireFormat
from orchestra.gateway.estimates import ASSUMED_OUTPUT_TOKENS, Estimate, estimate_of


def estimated(format: WireFormat, **asked: Any) -> Estimate:
    return estimate_of(format, asked, json.dumps(asked).encode())


@pytest.mark.parametrize(
    ("format", "asked", "tokens", "is_bounded"),
    [
        (WireFormat.CHAT, {"max_tokens": 7}, 7, True),
        (WireFormat.CHAT, {"max_completion_tokens": 8, "max_tokens": 7, "n": 2}, 16, True),
        (WireFormat.CHAT, {"max_tokens": "many"}, ASSUMED_OUTPUT_TOKENS, False),
        (WireFormat.COMPLETIONS, {"max_tokens": 7, "best_of": 3}, 21, True),
        (WireFormat.RESPONSES, {"max_output_tokens": 9}, 9, True),
        (WireFormat.MESSAGES, {"max_tokens": 10}, 10, True),
        (WireFormat.MESSAGES, {}, ASSUMED_OUTPUT_TOKENS, False),
        (WireFormat.EMBEDDINGS, {"max_tokens": 7}, 0, True),
    ],
)
def test_the_output_is_bounded_by_what_the_format_says(
    format: WireFormat, asked: dict[str, Any], tokens: int, is_bounded: bool
) -> None:
    estimate = estimated(format, **asked)
    assert (estimate.output_tokens, estimate.is_bounded) == (tokens, is_bounded)


def test_the_prompt_is_estimated_by_its_length() -> None:
    assert 1000 <= estimated(WireFormat.CHAT, messages=[{"content": "word " * 800}]).input_tokens <= 1020


def test_an_image_is_no_text() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 1_000_000}}
    assert estimated(WireFormat.CHAT, messages=[{"content": [picture]}]).input_tokens < 2_000
