"""The top of an execution's page: what it is, how it stands, how it ended and what it answered."""

from collections.abc import Sequence

from nicegui import ui

from orchestra.domain.executions import Execution, ExecutionStatus, PastAttempt
from orchestra_ui.context import Screen
from orchestra_ui.pages.question_form import QuestionForms
from orchestra_ui.parts.attempts import Attempts
from orchestra_ui.parts.elements import Link, Text, back_link, block, box, button
from orchestra_ui.parts.executions_table import show_duration
from orchestra_ui.parts.feedback import attempt
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.status import LOOKS, Status
from orchestra_ui.timeline import Step
from orchestra_ui.wording import answer_of, as_json, money, one_line, uses_script

_ENDS = {"COMPLETED": "good", "FAILED": "bad", "TIMEOUT": "warn", "CANCELLED": ""}


class ExecutionHead:
    def __init__(self, screen: Screen, execution: Execution, framework: str) -> None:
        self._screen = screen
        self._execution_id = execution.id
        self._shown: Execution | None = None
        back_link("Executions", "/executions")
        with box("page-head"):
            with box("title"), Text("", "h1"):
                Link(one_line(execution.agent_name), f"/agents/{execution.agent_id}", "foreign title-link")
            self._status = Status(execution.status.value, pill=True)
            self._time = box("soft")
            with box("actions") as self._actions:
                self._cancel = button("Cancel", self._ask_to_cancel, "bad", "stop")
        with box("facts"):
            Text(framework)
            Text(execution.trigger.value)
            Text(execution.environment.value)
            with box(tag="span"):
                Text("started ")
                Moment(execution.started_at or execution.created_at)
            self._tokens = Text()
            self._cost = Text()
            if uses_script(execution.configuration):
                Text("answered by a script, not by a model")
            self._step = Text(classes="foreign")
            self._place = Text()
        self._attempts = Attempts()
        self._questions = QuestionForms(screen, execution.id)
        self._end = box()
        self.show_step(None)

    def show(self, execution: Execution) -> None:
        before, self._shown = self._shown, execution
        self._status.show(execution.status.value)
        self._tokens.show(f"{execution.tokens_used:,} tokens")
        self._cost.visible = execution.model_calls > 0
        self._cost.show(money(execution.cost) if execution.cost is not None or execution.tokens_used else "")
        self._actions.visible = not execution.status.is_final
        if execution.cancel_requested_at is not None:
            self._show_cancelling()
        if before is None or (before.status, before.started_at) != (execution.status, execution.started_at):
            self._time.clear()
            with self._time:
                show_duration(execution)
        self._questions.show(execution.waiting_for)
        if execution.status.is_final and (before is None or not before.status.is_final):
            self._show_end(execution)

    def show_attempts(self, execution: Execution, past: Sequence[PastAttempt]) -> None:
        self._attempts.show(execution, past)

    def show_place(self, words: str) -> None:
        """What it waits for, if it waits."""
        self._place.visible = bool(words)
        self._place.show(words)

    def show_step(self, step: Step | None) -> None:
        self._step.visible = step is not None
        self._step.show(f"step “{one_line(step.name, 60)}”" if step else "")

    def _show_end(self, execution: Execution) -> None:
        with self._end.classes("stack"):
            with box(f"notice {_ENDS.get(execution.status.value, '')}", role="status"):
                ui.icon(LOOKS[execution.status.value][1]).props["aria-hidden"] = "true"
                Text(execution.reason or f"It ended as {execution.status.value}.", "div", "foreign")
            answer = answer_of(execution.output)
            if execution.status is ExecutionStatus.COMPLETED and execution.output is not None:
                with box("card"):
                    with box("card-head"):
                        Text("Answer" if answer else "Output", "h2")
                    with box("card-body"):
                        Text(answer, "div", "answer foreign") if answer else block(as_json(dict(execution.output)))

    async def _ask_to_cancel(self) -> None:
        self._show_cancelling()
        services, principal = self._screen.services, self._screen.principal
        asked = await attempt(
            lambda: services.executions.cancel(principal, self._execution_id), "The execution is being stopped."
        )
        if asked is None and not self._cancel.is_deleted:
            self._cancel.text = "Cancel"
            self._cancel.enable()

    def _show_cancelling(self) -> None:
        self._cancel.text = "Cancelling…"
        self._cancel.disable()
