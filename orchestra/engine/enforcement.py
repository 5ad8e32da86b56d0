"""Decides whether an attempt has broken one of its limits: what is known of it, in; the cause to stop it, out."""

from orchestra.domain.limits import Limits
from orchestra.engine.lifecycle import StopCause


def breach_of(limits: Limits, seconds: float, idle_seconds: float, memory_bytes: int) -> StopCause | None:
    """The first limit that does not allow for so many seconds of running, of silence, and so much memory."""
    if seconds >= limits.timeout_seconds:
        return StopCause.TIMEOUT
    if limits.idle_timeout_seconds is not None and idle_seconds >= limits.idle_timeout_seconds:
        return StopCause.IDLE
    if limits.memory_megabytes is not None and memory_bytes > limits.memory_megabytes * 1_000_000:
        return StopCause.MEMORY
    return None
