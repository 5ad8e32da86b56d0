"""Ends the run soon after somebody asked it to stop."""

from __future__ import annotations

import time

from ..adapter import Context

POLL_SECONDS = 0.05


class Stopped(KeyboardInterrupt):
    """Raised where the run notices the wish; a KeyboardInterrupt, so that steps under way end as cancelled."""


def check(context: Context) -> None:
    if context.cancelled:
        raise Stopped("The run was asked to stop.")


def pause(context: Context, seconds: float) -> None:
    """Sleep, but no longer than the run is wanted."""
    end = time.monotonic() + seconds
    while True:
        check(context)
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, POLL_SECONDS))
