"""Asks people whether AutoGPT may execute a command, and answers it as somebody at its console would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

AUTHORISE = "Authorise it"
AUTHORISE_FIVE = "Authorise it and the next 4"
CORRECT = "Do something else"
END = "End the run"
_TYPED = {AUTHORISE: "y", AUTHORISE_FIVE: "y -5", END: "n"}
_MOST_CHARACTERS = 3000


class Approval:
    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._command = ""
        self._arguments: Mapping[str, Any] = {}
        self.was_ended = False

    def concerns(self, command: str, arguments: Mapping[str, Any]) -> None:
        """This is what will be asked about next."""
        self._command, self._arguments = command, arguments

    def ask(self, *_: Any) -> str:
        """What is typed: y, y -N, n, or what it is to do instead. A reply without a command needs nobody."""
        if self._command.lower().startswith("error"):
            return "y"
        chosen = self._context.ask(self._question(), choices=[AUTHORISE, AUTHORISE_FIVE, CORRECT, END])
        if chosen != CORRECT:
            self.was_ended = chosen == END
            return _TYPED[chosen]
        said = str(self._context.ask(f"What shall {self._name} do instead?")).strip()
        return f"Instead of this: {said}" if said else "Do something else."

    def _question(self) -> str:
        arguments = json.dumps(dict(self._arguments), ensure_ascii=False, indent=1, default=str)
        if len(arguments) > _MOST_CHARACTERS:
            self._context.log(f"The whole of the command's arguments: {arguments}")
            arguments = arguments[:_MOST_CHARACTERS] + " …"
        return f"{self._name} wants to execute the command '{self._command}'. May it?\n\n{arguments}"
