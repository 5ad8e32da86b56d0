"""Decides whether a call is tried again, and how soon."""

from collections.abc import Sequence

from orchestra.client.errors import ApiError, Unreachable

CALL_PAUSES = (0.1, 0.3, 1.0, 2.0)
STREAM_PAUSES = (0.1, 0.2, 0.4, *[0.5] * 60)  # half a minute: a restart of the server
_LONGEST_WAIT_SECONDS = 10.0
_WAITS = 2
_PASSING = frozenset({502, 503, 504})


class Patience:
    """The patience of one call; a stream's begins anew with each event."""

    def __init__(self, pauses: Sequence[float] = CALL_PAUSES) -> None:
        self._pauses = pauses
        self._tries = 0
        self._waits = 0

    def renew(self) -> None:
        self._tries = self._waits = 0

    def pause_after(
        self, failure: ApiError | Unreachable, *, is_repeatable: bool, can_move: bool = False, has_moved: bool = False
    ) -> float | None:
        """Seconds until the next try; None if there is to be none.

        What may be sent twice is tried again whenever it was lost, all else only if the server cannot have seen it.
        """
        if isinstance(failure, ApiError) and failure.status == 429:
            return self._wait(failure.retry_after_seconds)
        if not _may_repeat(failure, is_repeatable, can_move):
            return None
        return 0.0 if has_moved else self._next_pause()

    def _wait(self, seconds: float | None) -> float | None:
        self._waits += 1
        return seconds if seconds is not None and seconds <= _LONGEST_WAIT_SECONDS and self._waits <= _WAITS else None

    def _next_pause(self) -> float | None:
        self._tries += 1
        return self._pauses[self._tries - 1] if self._tries <= len(self._pauses) else None


def _may_repeat(failure: ApiError | Unreachable, is_repeatable: bool, can_move: bool) -> bool:
    if isinstance(failure, Unreachable):
        return is_repeatable or not failure.was_sent
    if failure.status == 401:  # a server on our data folder that does not know our key is the next one
        return can_move
    return is_repeatable and failure.status in _PASSING
