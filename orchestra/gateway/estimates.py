"""Tells from a request what the call may use at most, before it is made."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from orchestra.domain.model_calls import WireFormat
from orchestra.gateway.wire.formats import most_output_tokens

_LEAST_OUTPUT_TOKENS = 256  # what is shorter answers nothing, and costs the prompt all the same
_CHARACTERS_PER_TOKEN = 4
_IMAGE_TOKENS = 1_600  # about what providers count for a large one
_ENCODED = 2_000  # characters without a blank: no text that a model reads, but an encoded file


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens of the prompt, and of each of the `replies` at most; None where the request sets no bound."""

    input_tokens: int
    reply_tokens: int | None
    replies: int = 1


def estimate_of(format: WireFormat, asked: Mapping[str, Any], body: bytes) -> Estimate:
    """What the call may use; the prompt by its length, since only the provider can count it."""
    prompt = _prompt_tokens(asked, body)
    if format is WireFormat.EMBEDDINGS:
        return Estimate(prompt, 0)
    replies = max(_positive(asked.get(name)) or 1 for name in ("n", "best_of"))
    return Estimate(prompt, most_output_tokens(format, asked), replies)


def bounds_from(most: int) -> Iterator[int]:
    """The bounds on a reply that are tried where the request sets none, from the most on, each half of the last."""
    yield most
    while (most := most // 2) >= _LEAST_OUTPUT_TOKENS:
        yield most


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
