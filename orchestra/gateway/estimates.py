"""Tells from a request what the call may use at most, before it is made."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orchestra.domain.model_calls import WireFormat

ASSUMED_OUTPUT_TOKENS = 1024
"""What a reply may take for which the request sets no bound; it is no more than a guess."""

_CHARACTERS_PER_TOKEN = 4
_IMAGE_TOKENS = 1_600  # about what providers count for a large one
_ENCODED = 2_000  # characters without a blank: no text that a model reads, but an encoded file
_BOUNDS = {
    WireFormat.CHAT: ("max_completion_tokens", "max_tokens"),
    WireFormat.COMPLETIONS: ("max_tokens",),
    WireFormat.RESPONSES: ("max_output_tokens",),
    WireFormat.MESSAGES: ("max_tokens",),
    WireFormat.EMBEDDINGS: (),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens; `is_bounded` says that the output cannot be more."""

    input_tokens: int
    output_tokens: int
    is_bounded: bool


def estimate_of(format: WireFormat, asked: Mapping[str, Any], body: bytes) -> Estimate:
    """What the call may use; the prompt by its length, since only the provider can count it."""
    prompt = _prompt_tokens(asked, body)
    if format is WireFormat.EMBEDDINGS:
        return Estimate(prompt, 0, True)
    bound = next((value for name in _BOUNDS[format] if (value := _positive(asked.get(name))) is not None), None)
    replies = max(_positive(asked.get(name)) or 1 for name in ("n", "best_of"))
    return Estimate(prompt, (bound or ASSUMED_OUTPUT_TOKENS) * replies, bound is not None)


def _positive(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _prompt_tokens(asked: Mapping[str, Any], body: bytes) -> int:
    if b"base64" not in body:
        return math.ceil(len(body) / _CHARACTERS_PER_TOKEN)
    return _tokens_in(asked)


def _tokens_in(value: object) -> int:
    if isinstance(value, str):
        is_file = len(value) > _ENCODED and " " not in value[:_ENCODED]
        return _IMAGE_TOKENS if is_file else math.ceil(len(value) / _CHARACTERS_PER_TOKEN)
    if isinstance(value, Mapping):
        return sum(_tokens_in(inner) for inner in cast(Mapping[str, object], value).values())
    if isinstance(value, list):
        return sum(_tokens_in(inner) for inner in cast(list[object], value))
    return 1
