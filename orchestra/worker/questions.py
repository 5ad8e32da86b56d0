"""Questions to people: asks by the journal, and waits for a file beside it that the server writes the answer into.

A file, so that the answer reaches the run also through a restart of the server.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from .protocol import ANSWERS, MAX_CHOICE, MAX_CHOICES, MAX_QUESTION, MAX_SCHEMA

POLL_SECONDS = 0.05
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NoAnswer(TimeoutError):
    """Nobody answered in time; who asked may catch it, as any TimeoutError."""


class Asked:
    """A question that was asked; `poll` until it says True, then take the `answer`."""

    def __init__(
        self,
        journal: str,
        emit: Callable[..., None],
        identifier: str,
        question: str,
        choices: Sequence[str] | None,
        schema: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> None:
        self._id = identifier
        self._question = question
        self._emit = emit
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._folder = os.path.join(journal, ANSWERS)
        self._path = os.path.join(self._folder, identifier + ".json")
        self._settled: dict[str, Any] | None = None
        data = _checked(identifier, question, choices, schema, timeout)
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        emit("question", question, **data)

    def poll(self) -> bool:
        """True once somebody has answered, or the time is up."""
        found = self._read()
        if found is None and self._deadline is not None and time.monotonic() >= self._deadline:
            found = self._give_up()
        if found is None:
            return False
        self._settled = found
        if "expired" in found:
            self._emit("answer", "Nobody answered in time.", id=self._id, expired=True)
        else:
            answer = found.get("answer")
            shown = answer if isinstance(answer, str) else json.dumps(answer)
            self._emit("answer", shown, id=self._id, answer=answer, by=found.get("by"))
        return True

    def answer(self) -> Any:
        """What was answered; NoAnswer if nobody did."""
        settled = self._settled or {}
        if "expired" in settled:
            raise NoAnswer(f"Nobody answered within {self._timeout:g} s what was asked: {self._question[:500]}")
        return settled.get("answer")

    def _read(self) -> dict[str, Any] | None:
        try:
            with open(self._path, "rb") as file:
                found = json.loads(file.read())
        except (OSError, ValueError):
            return None  # not there, or not whole yet
        return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]

    def _give_up(self) -> dict[str, Any] | None:
        """Take the answer's place, so that nobody can answer any more; what was answered just now counts."""
        expired = {"expired": True}
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return self._read()
        with os.fdopen(descriptor, "w") as file:
            json.dump(expired, file)
        return expired


def _checked(
    identifier: str,
    question: str,
    choices: Sequence[str] | None,
    schema: Mapping[str, Any] | None,
    timeout: float | None,
) -> dict[str, Any]:
    """The event's data; ValueError for a question that could not be answered."""
    if not _ID.fullmatch(identifier):
        raise ValueError("A question's id has 1 to 64 letters, digits, hyphens and underscores.")
    if not question.strip() or len(question) > MAX_QUESTION:
        raise ValueError(f"A question has 1 to {MAX_QUESTION} characters.")
    if timeout is not None and not timeout > 0:
        raise ValueError("The timeout is a number of seconds above 0.")
    data: dict[str, Any] = {"id": identifier}
    if choices is not None:
        if isinstance(choices, str) or not 0 < len(choices) <= MAX_CHOICES:
            raise ValueError(f"A question has 1 to {MAX_CHOICES} choices.")
        if not all(0 < len(choice) <= MAX_CHOICE for choice in choices):
            raise ValueError(f"Each choice has 1 to {MAX_CHOICE} characters.")
        data["choices"] = list(choices)
    if schema is not None:
        if len(json.dumps(dict(schema))) > MAX_SCHEMA:
            raise ValueError(f"The schema of an answer has at most {MAX_SCHEMA} characters.")
        data["schema"] = dict(schema)
    if timeout is not None:
        data["timeoutSeconds"] = timeout
        data["expiresAt"] = time.time() + timeout
    return data
