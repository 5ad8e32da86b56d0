"""Decides what an attempt to deliver means, and when the next one is due."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto

GONE = 410
_JITTER = 0.1
_LONGEST_WAIT = timedelta(days=1)


class Verdict(Enum):
    DELIVERED = auto()
    RETRY = auto()
    GONE = auto()


def verdict_of(status_code: int | None) -> Verdict:
    """2xx is delivered, 410 wants no more of it; all else, a redirect too, is tried again."""
    if status_code is not None and 200 <= status_code < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status_code == GONE else Verdict.RETRY


def next_attempt(
    attempts: int, pauses: Sequence[float], now: datetime, retry_after: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts; None after the last. `pauses` are in seconds, and vary a little.

    A receiver that names a later time is not asked before, at most for a day.
    """
    if attempts > len(pauses):
        return None
    pause = timedelta(seconds=pauses[attempts - 1] * random.uniform(1, 1 + _JITTER))  # noqa: S311 - no secret
    return now + max(pause, min(retry_after or timedelta(), _LONGEST_WAIT))


def retry_after_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The wait that a Retry-After header (RFC 9110: seconds or a date) asks for; None if there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), _LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
