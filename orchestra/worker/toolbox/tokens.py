"""Lets tiktoken count without its tables, which it would fetch from the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

CHARACTERS_PER_TOKEN = 4
_NAMES = ("o200k_base", "o200k_harmony", "cl100k_base", "p50k_base", "p50k_edit", "r50k_base", "gpt2")


class Estimate:
    """Stands in for a `tiktoken.Encoding`: as many tokens as there are four characters, and none can be read back."""

    n_vocab = max_token_value = 200_000
    eot_token = 0
    special_tokens_set: frozenset[str] = frozenset()

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, text: str, **_: Any) -> list[int]:
        return list(range(-(-len(text) // CHARACTERS_PER_TOKEN)))

    encode_ordinary = encode

    def encode_batch(self, texts: Sequence[str], **_: Any) -> list[list[int]]:
        return [self.encode(text) for text in texts]

    encode_ordinary_batch = encode_batch

    def decode(self, tokens: Sequence[int], **_: Any) -> str:
        raise NotImplementedError("Tokens are estimated here, and cannot be made into text again.")


def count_offline() -> None:
    """Put estimates where tiktoken keeps the encodings that it has loaded; nothing if there is no tiktoken."""
    try:
        from tiktoken import registry  # pyright: ignore
    except ImportError:
        return
    encodings = cast("dict[str, Any]", registry.ENCODINGS)  # pyright: ignore
    for name in _NAMES:
        encodings.setdefault(name, Estimate(name))
