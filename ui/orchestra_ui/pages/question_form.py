"""What a run asks people, each question with the means to answer it."""

import json
from typing import Any

from nicegui import ui

from orchestra.domain.questions import Question
from orchestra.errors import Invalid
from orchestra_ui.context import Screen
from orchestra_ui.parts.elements import Text, block, box, button
from orchestra_ui.parts.feedback import attempt, tell_problem
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.wording import as_json, one_line

_CHOICE_CHARACTERS = 80


class QuestionForms:
    """The questions that are open now, drawn here; nothing if there are none."""

    def __init__(self, screen: Screen, execution_id: str) -> None:
        self._screen = screen
        self._execution_id = execution_id
        self._list = box("stack", role="region", aria_label="Questions", aria_live="polite")
        self._rows: KeyedRows[str, Question] = KeyedRows(self._list, self._form)
        self.show(())

    def show(self, questions: tuple[Question, ...]) -> None:
        self._list.visible = bool(questions)
        # Another attempt may ask under the same id.
        self._rows.show((f"{question.id} {question.since}", question) for question in questions)

    def _form(self, question: Question) -> "_QuestionForm":
        return _QuestionForm(self._screen, self._execution_id, question)


class _QuestionForm:
    def __init__(self, screen: Screen, execution_id: str, question: Question) -> None:
        self._screen = screen
        self._execution_id = execution_id
        self._question = question
        self.root = box("card")
        with self.root:
            with box("card-head"):
                Text("The run asks", "h2")
                with box("soft", tag="span"):
                    Moment(question.since)
            with box("card-body stack"):
                self._label = box(tag="p" if question.choices else "label")
                with self._label:
                    Text(question.question, classes="foreign")
                if question.expires is not None:
                    with box("soft", tag="p"):
                        Text("An answer counts until ")
                        Moment(question.expires, "clock")
                self._draw_choices() if question.choices else self._draw_text()

    def show(self, question: Question) -> None:
        """A question never changes."""

    def _draw_choices(self) -> None:
        with box("actions"):
            for choice in self._question.choices:
                button(one_line(choice, _CHOICE_CHARACTERS), lambda choice=choice: self._answer(choice), "main")

    def _draw_text(self) -> None:
        if self._question.schema is not None:
            Text("The answer is JSON that fits this schema:", "p", "soft")
            block(as_json(dict(self._question.schema)))
        field = f"answer-{self._question.id}"
        text = ui.textarea().props("outlined dense autogrow")
        self._label.props["for"] = text.props["for"] = field
        with box("actions"):
            button("Answer", lambda: self._answer(self._read(text.value or "")), "main")

    def _read(self, text: str) -> Any:
        if self._question.schema is None:
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text

    async def _answer(self, answer: Any) -> None:
        services, principal = self._screen.services, self._screen.principal
        try:
            await attempt(
                lambda: services.questions.answer(principal, self._execution_id, self._question.id, answer),
                "The run gets the answer.",
            )
        except Invalid as error:
            tell_problem(error.message)
