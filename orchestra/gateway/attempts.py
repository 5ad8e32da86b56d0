"""Decides what follows an attempt to have a provider answer: nothing, another attempt, or the next provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from orchestra.domain.retries import retry_after_of

LONGEST_WAIT_SECONDS = 60.0
LONGEST_WAIT_BESIDE_OTHERS_SECONDS = 5.0
"""Where another provider could answer instead."""
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
_PASSING = frozenset({408, 429})
_ELSEWHERE = frozenset({401, 402, 403, 404})
"""This provider will not, but another may: its key is wrong, its money used up, it has no such model."""


class Next(Enum):
    ANSWER = auto()
    """What there is, good or bad, is the answer."""
    AGAIN = auto()
    ELSEWHERE = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    next: Next
    wait_seconds: float = 0.0


def decide(
    status: int | None, headers: Mapping[str, str], tried: int, retries: int, has_other: bool, now: datetime
) -> Decision:
    """What follows the attempt number `tried` (from 1), to which a provider answered `status`; None: it did not answer.

    `headers` are the answer's, in lower case. A provider that wants to be left alone for longer than is sensible is not
    asked again.
    """
    if status is not None and status < 400:
        return Decision(Next.ANSWER)
    if _may_pass(status, headers) and tried <= retries:
        wait = _wait_seconds(headers, tried, now)
        if wait <= (LONGEST_WAIT_BESIDE_OTHERS_SECONDS if has_other else LONGEST_WAIT_SECONDS):
            return Decision(Next.AGAIN, wait)
    if has_other and (_may_pass(status, headers) or status in _ELSEWHERE):
        return Decision(Next.ELSEWHERE)
    return Decision(Next.ANSWER)


def _may_pass(status: int | None, headers: Mapping[str, str]) -> bool:
    said = headers.get("x-should-retry")
    if said in {"true", "false"}:
        return said == "true"
    return status is None or status in _PASSING or status >= 500


def _wait_seconds(headers: Mapping[str, str], tried: int, now: datetime) -> float:
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.isascii() and milliseconds.isdigit():
        return int(milliseconds[:9]) / 1000
    asked = retry_after_of(headers, now)
    if asked is not None:
        return asked.total_seconds()
    return min(_FIRST_PAUSE_SECONDS * 2 ** (tried - 1), _LONGEST_PAUSE_SECONDS)
