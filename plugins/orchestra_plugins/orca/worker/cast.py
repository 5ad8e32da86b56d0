"""The models of a run, by the parts that they play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .replies import json_in

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

TEACHER, ASSISTANT, STUDENT = "teacher", "assistant teacher", "student"
_AGAIN = "That was not the JSON that was asked for. Reply with it alone."


class Cast:
    def __init__(self, configuration: Mapping[str, Any], context: Context) -> None:
        teacher = configuration["teacher_model"]
        student = configuration.get("student_model") or teacher
        assistant = configuration.get("assistant_model") or student
        self._models = {TEACHER: teacher, STUDENT: student, ASSISTANT: assistant}
        temperature = configuration.get("temperature")
        self._parameters: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
        self._context = context

    def ask(self, part: str, system: str, said: str | Sequence[Mapping[str, str]], purpose: str) -> str:
        """What that part says, shown as a message of its own."""
        messages = [{"role": "user", "content": said}] if isinstance(said, str) else list(said)
        with self._context.step(purpose, type="llm", part=part):
            whole = [{"role": "system", "content": system}, *messages]
            reply = self._context.chat(whole, self._models[part], part, **self._parameters).strip()
        self._context.message(reply, name=part)
        return reply

    def ask_json(self, part: str, system: str, said: str, purpose: str, kind: type) -> Any:
        """The JSON in its reply; asked once more if there is none, and None if there is none then either."""
        reply = self.ask(part, system, said, purpose)
        found = json_in(reply, kind)
        if found is not None:
            return found
        talk = [
            {"role": "user", "content": said},
            {"role": "assistant", "content": reply},
            {"role": "user", "content": _AGAIN},
        ]
        return json_in(self.ask(part, system, talk, purpose), kind)
