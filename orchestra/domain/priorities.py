"""How urgent an execution is: a number, or one of three words for it."""

from typing import Literal

LOWEST, HIGHEST = -100, 100
PriorityWord = Literal["low", "normal", "high"]
WORDS: dict[PriorityWord, int] = {"low": -50, "normal": 0, "high": 50}


def priority_of(given: int | PriorityWord) -> int:
    """The number of a priority, from -100 to 100; the more, the sooner."""
    return given if isinstance(given, int) else WORDS[given]
