"""Keeps track of the questions that runs have put to people: in mind, and in the execution's row, for whoever looks."""

import asyncio
import logging
from collections.abc import Sequence

from orchestra.bus import CHANGES
from orchestra.domain.events import Event, EventKind, ExecutionChanged
from orchestra.domain.executions import ExecutionStatus
from orchestra.domain.questions import Question, question_of
from orchestra.engine.answers import answer_path
from orchestra.engine.attempt import Attempt
from orchestra.engine.surroundings import Surroundings

log = logging.getLogger(__name__)

_OPEN_AT_MOST = 20
_RETRY_SECONDS = 1.0


class Questions:
    """Used on the event loop only."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self._storing: dict[int, asyncio.Task[None]] = {}

    def note(self, attempt: Attempt, events: Sequence[Event]) -> None:
        """Take in what the attempt's journal tells of questions and answers."""
        about = [event for event in events if event.kind in {EventKind.QUESTION, EventKind.ANSWER}]
        for event in about:
            _apply(attempt, event)
        if about:
            self.changed(attempt)

    def changed(self, attempt: Attempt) -> None:
        """Have it written down which of the attempt's questions are open."""
        number = attempt.execution.number
        if number not in self._storing:
            self._storing[number] = asyncio.get_running_loop().create_task(self._store_all(attempt))

    async def _store_all(self, attempt: Attempt) -> None:
        try:
            await self._store(attempt)
        finally:
            # Here and not in a callback: between the last look and that, a question could come and be left out.
            del self._storing[attempt.execution.number]

    async def _store(self, attempt: Attempt) -> None:
        """Write down the questions that are open, until what is written is how it stands."""
        stored: tuple[Question, ...] | None = None
        while stored != (wanted := _open_questions(attempt)):
            try:
                if not await asyncio.to_thread(self._write, attempt, wanted):
                    return  # the attempt is over, and its questions with it
            except Exception:
                log.exception("The questions of execution %s could not be stored", attempt.execution.id)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            stored = wanted
            execution = attempt.execution
            running = ExecutionStatus.RUNNING.value
            changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, running)
            self._with.bus.publish(CHANGES, changed)

    def _write(self, attempt: Attempt, questions: Sequence[Question]) -> bool:
        execution = attempt.execution
        with self._with.storage.write() as unit:
            return unit.executions.set_waiting_for(execution.number, execution.attempt, questions)


def _apply(attempt: Attempt, event: Event) -> None:
    if event.kind is EventKind.ANSWER:
        attempt.questions.pop(str(event.data.get("id")), None)
    elif len(attempt.questions) < _OPEN_AT_MOST and (question := question_of(event.data, event.message, event.at)):
        attempt.questions[question.id] = question


def _open_questions(attempt: Attempt) -> tuple[Question, ...]:
    """Those whose answer the worker has not got yet, and nobody has given."""
    journal = attempt.folders.journal
    return tuple(one for one in attempt.questions.values() if not answer_path(journal, one.id).exists())
