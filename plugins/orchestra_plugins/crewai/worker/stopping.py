"""Ends a crew from within: at its next event once the run is asked to stop, or once its model stays refused."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any

_STATUS = re.compile(r"Error code: (\d{3})")
_FINAL = frozenset({401, 402, 403, 404})
_MAX_CHARACTERS = 4000
_MOST_FAILURES = 2  # in a row: one may be for the length of the prompt, after which CrewAI sums up and goes on


class Ended(BaseException):
    """No Exception, since CrewAI tries again after those. `reason` is None if the run was asked to stop."""

    def __init__(self, reason: str | None, failure: str = "framework") -> None:
        super().__init__(reason or "The run was asked to stop.")
        self.reason = reason
        self.failure = failure


class Stopping:
    """Looked at with each event, in the thread that it happens in, and by who waits for the crew."""

    def __init__(self) -> None:
        self.ended: Ended | None = None
        """Why nothing more is to happen."""
        self._failures = 0

    def stop(self) -> None:
        """The run was asked to stop."""
        self.end(Ended(None))

    def end(self, why: Ended) -> None:
        self.ended = self.ended or why

    def look(self, event: Any) -> None:
        """Raise Ended if nothing more is to happen."""
        if event.type == "llm_call_completed":
            self._failures = 0
        elif event.type == "llm_call_failed" and (refusal := refusal_in(str(event.error))) is not None:
            self._failures += 1
            if refusal.status in _FINAL or self._failures >= _MOST_FAILURES:
                self.end(Ended(refusal.sentence[:_MAX_CHARACTERS]))
        if self.ended is not None:
            raise self.ended


@dataclass(frozen=True)
class Refusal:
    """A call of a model that got no good answer: the HTTP status, 0 if nothing answered at all."""

    status: int
    sentence: str


def refusal_in(error: str) -> Refusal | None:
    """Why a call of a model failed, from what is being handled or from its words; None if that was no refusal."""
    for raised in _chain(sys.exc_info()[1]):
        if isinstance(status := getattr(raised, "status_code", None), int):
            return Refusal(status, _said_by(raised) or error)
        if type(raised).__name__ in {"APIConnectionError", "APITimeoutError"}:
            return Refusal(0, error)
    found = _STATUS.search(error)
    return Refusal(int(found[1]), error) if found else None


def _said_by(error: BaseException) -> str | None:
    """What the gateway has said of it, without the mapping that it came in."""
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    return f"The model was refused ({getattr(error, 'status_code', '')}): {said}" if isinstance(said, str) else None


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what it came of, which CrewAI ties into rings."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
