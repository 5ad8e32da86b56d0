"""Notices that the computer has slept, or that its clock was set, by comparing three clocks."""

import time
from dataclasses import dataclass
from datetime import timedelta

_NOTICED_SECONDS = 5.0  # clocks are trimmed all the time, by less
_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", None)


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds: `awake` stands still while the computer sleeps, `boot` does not, `wall` is what people read off."""

    awake: float
    boot: float
    wall: float

    @staticmethod
    def now() -> "Reading":
        """Where the system has no clock that counts sleep, that of the waking hours stands in for it."""
        awake = time.monotonic()
        return Reading(awake, awake if _COUNTS_SLEEP is None else time.clock_gettime(_COUNTS_SLEEP), time.time())


@dataclass(frozen=True, slots=True)
class Upheaval:
    """What has happened to time: the webhook event that tells of it, how many seconds, and a sentence for a person."""

    event: str
    seconds: float
    sentence: str


def upheaval_between(before: Reading, now: Reading) -> Upheaval | None:
    """What has happened between two readings, if it is worth telling."""
    slept = (now.boot - before.boot) - (now.awake - before.awake)
    if slept >= _NOTICED_SECONDS:
        sentence = f"This computer slept for {_span(slept)}. That time does not count for any timeout."
        return Upheaval("system.slept", slept, sentence)
    moved = (now.wall - before.wall) - (now.boot - before.boot)
    if abs(moved) < _NOTICED_SECONDS:
        return None
    way = "forward" if moved > 0 else "back"
    what = f"This computer's clock was set {way} by {_span(abs(moved))}"
    if _COUNTS_SLEEP is None and moved > 0:
        what += ", or the computer slept for so long"
    return Upheaval("system.clock_set", moved, f"{what}. No timeout goes by it.")


def _span(seconds: float) -> str:
    """Hours, minutes and seconds, such as 5:00:03, with days before them if there are any."""
    return str(timedelta(seconds=round(seconds)))
