"""Answers what runs ask people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import ExecutionChanged
from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.questions import Question
from orchestra.domain.text import pointer, storable, unstorable
from orchestra.engine.answers import write_answer
from orchestra.engine.attempt import Folders
from orchestra.errors import Fault, Invalid, NotFound, QuestionClosed
from orchestra_storage.unit import Storage, Unit

_TEXT_CHARACTERS = 100_000
_MESSAGE_CHARACTERS = 300


class QuestionService:
    def __init__(self, storage: Storage, bus: Bus, runs: Path) -> None:
        self._storage = storage
        self._bus = bus
        self._runs = runs

    def answer(self, principal: Principal, execution_id: str, question_id: str, answer: Any) -> Execution:
        """Give the run its answer; QuestionClosed if it waits for none (any more), Invalid if it does not fit."""
        principal.require(Permission.RUN)
        with self._storage.write() as unit:  # one at a time, so that two answers cannot both be taken
            execution = unit.executions.get_visible(principal.visible_owner, execution_id)
            if execution is None:
                raise NotFound("execution", execution_id)
            question = _find(execution, question_id)
            if faults := faults_of_answer(question, answer):
                raise Invalid(f"This is no answer to the question: {faults[0].message}", faults)
            self._give(unit, principal, execution, question, answer)
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, execution.status.value)
        self._bus.publish(CHANGES, changed)
        return execution

    def _give(self, unit: Unit, principal: Principal, execution: Execution, question: Question, answer: Any) -> None:
        left = [one for one in execution.waiting_for if one.id != question.id]
        unit.executions.set_waiting_for(execution.number, execution.attempt, left)
        content = {
            "answer": answer,
            "by": {"id": principal.user_id, "name": principal.name},
            "at": datetime.now(UTC).isoformat(),
        }
        if not write_answer(Folders.of(self._runs, execution).journal, question.id, content):
            raise QuestionClosed("The question has been answered already, or the run waits no longer.")


def _find(execution: Execution, question_id: str) -> Question:
    for question in execution.waiting_for:
        if question.id == question_id and execution.status is ExecutionStatus.RUNNING:
            return question
    raise QuestionClosed(
        "The execution waits for no answer to such a question: it was answered, its time is up, or there never was one."
    )


def faults_of_answer(question: Question, answer: Any) -> Sequence[Fault]:
    """A fault for each place where the answer is not what was asked for."""
    if faults := list(unstorable(answer, "/answer")):
        return faults
    if question.choices:
        listed = ", ".join(question.choices)
        return [] if answer in question.choices else [Fault("/answer", f"Choose one of these: {listed[:1000]}.")]
    if question.schema is not None:
        return _faults_by_schema(question.schema, answer)
    if not isinstance(answer, str) or not answer.strip() or len(answer) > _TEXT_CHARACTERS:
        return [Fault("/answer", f"The answer is a text of 1 to {_TEXT_CHARACTERS:,} characters.")]
    return []


def _faults_by_schema(schema: Any, answer: Any) -> Sequence[Fault]:
    # The schema is a guest's: it must not make us ask the network, nor match an expression for ever.
    try:
        validator = Draft202012Validator(dict(schema), offline=True, pattern_options=RegexOptions())
        errors = list(validator.iter_errors(answer))
    except (ValidationError, ValueError):
        return []  # the schema is none; the run has to see for itself
    return [
        Fault("/answer" + pointer(*error.instance_path), storable(error.message)[:_MESSAGE_CHARACTERS])
        for error in errors
    ]
