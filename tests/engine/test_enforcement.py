"""When an attempt has broken a limit."""

import pytest

from orchestra.domain.limits import Limits
from orchestra.engine.enforcement import breach_of
from orchestra.engine.lifecycle import StopCause

ALL = Limits(timeout_seconds=60, idle_timeout_seconds=10, memory_megabytes=100)


@pytest.mark.parametrize(
    ("limits", "seconds", "idle_seconds", "memory_bytes", "cause"),
    [
        (Limits(), 3599, 3599, 10**12, None),
        (Limits(), 3600, 0, 0, StopCause.TIMEOUT),
        (ALL, 59, 9.9, 100_000_000, None),
        (ALL, 59, 10, 0, StopCause.IDLE),
        (ALL, 59, 0, 100_000_001, StopCause.MEMORY),
        (ALL, 60, 10, 100_000_001, StopCause.TIMEOUT),
    ],
)
def test_the_first_broken_limit_counts(
    limits: Limits, seconds: float, idle_seconds: float, memory_bytes: int, cause: StopCause | None
) -> None:
    assert breach_of(limits, seconds, idle_seconds, memory_bytes) is cause
