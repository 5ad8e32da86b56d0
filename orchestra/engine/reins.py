"""What others may do to a run under way: stop it, warn in its log, ask people on its behalf; from any thread."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from orchestra.domain.executions import Verdict
from orchestra.domain.questions import Question
from orchestra.engine.answers import answer_path
from orchestra.engine.attempt import Attempt
from orchestra.engine.journal import open_guest_file
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.reader import Reader

_LONGEST_ANSWER = 1 << 20


class AttemptReins:
    """Made on the event loop, where all that it is told to do is done."""

    def __init__(self, attempt: Attempt, reader: Reader, stop: Callable[[int, StopCause, Verdict], bool]) -> None:
        self._attempt = attempt
        self._reader = reader
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def stop(self, verdict: Verdict) -> None:
        self._do(lambda: self._stop(self._attempt.execution.number, StopCause.MODELS, verdict))

    def warn(self, message: str, data: Mapping[str, Any]) -> None:
        self._do(lambda: self._attempt.warn(message, data))

    def ask(self, question: Question) -> None:
        self._do(lambda: self._ask(question))

    def withdraw(self, question_id: str) -> None:
        self._do(lambda: self._withdraw(question_id))

    def answer_to(self, question_id: str) -> Any | None:
        try:
            with open_guest_file(answer_path(self._attempt.folders.journal, question_id)) as file:
                found = orjson.loads(file.read(_LONGEST_ANSWER))
        except (OSError, orjson.JSONDecodeError):
            return None  # not there, or not whole yet
        self.withdraw(question_id)
        return found.get("answer") if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]

    def _do(self, action: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has ended
            self._loop.call_soon_threadsafe(action)

    def _ask(self, question: Question) -> None:
        self._attempt.questions[question.id] = question
        self._reader.questions.changed(self._attempt)

    def _withdraw(self, question_id: str) -> None:
        if self._attempt.questions.pop(question_id, None) is not None:
            self._reader.questions.changed(self._attempt)
