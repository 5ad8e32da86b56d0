"""How often somebody may ask: limits as settings write them."""

import re
from dataclasses import dataclass

OFF = "off"
PATTERN = r"^(off|[1-9]\d{0,8}/([1-9]\d{0,5} )?(second|minute|hour|day)s?)$"
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests within so many seconds."""

    requests: int
    seconds: int


def parse_rate_limit(text: str) -> RateLimit | None:
    """The limit in a text such as `1000/hour` or `10/15 minutes`; None for `off`. The text fits PATTERN."""
    if text == OFF:
        return None
    requests, _, window = text.partition("/")
    found = re.fullmatch(r"(\d+)? ?(second|minute|hour|day)s?", window)
    if found is None:
        raise ValueError(f"'{text}' is no rate limit, such as 1000/hour")
    return RateLimit(int(requests), int(found[1] or 1) * _SECONDS[found[2]])
