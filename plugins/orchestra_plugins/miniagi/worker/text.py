"""Measures and shortens text, in tokens as estimated without a tokenizer."""

from __future__ import annotations

CHARACTERS_PER_TOKEN = 4
_GAP = "\n[…]\n"


def tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def clipped(text: str, limit_tokens: int) -> str:
    """The text, or its beginning and end, with a mark between, in at most so many tokens."""
    room = max(0, limit_tokens) * CHARACTERS_PER_TOKEN
    if len(text) <= room:
        return text
    if room <= len(_GAP):
        return text[:room]
    head = (room - len(_GAP)) // 2
    tail = room - len(_GAP) - head
    return text[:head] + _GAP + text[len(text) - tail :]


def beginning(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters] + " …"
