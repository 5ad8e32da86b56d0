"""Tells what AutoGPT does as events: a step for each turn, in it what it thinks and which command it executes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .reply import thoughts_of

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_ASIDE = {"reasoning": "Reasoning", "plan": "Plan", "criticism": "Criticism"}


class Turns:
    """At most one turn is open; whoever leaves by an exception closes it as `close` is told."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._open = contextlib.ExitStack()
        self._step: Step | None = None
        self.number = 0
        self.last_thoughts: dict[str, str] = {}

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._open.__exit__(*raised)

    def begin(self) -> None:
        """The turn before is over."""
        self.close()
        self.number += 1
        self._step = self._open.enter_context(self._context.step(f"Turn {self.number}", type="task"))

    def close(self) -> None:
        self._open.close()

    def tell_thoughts(self, _: Any, reply: Mapping[str, Any]) -> None:
        """What it said of why it does what comes next, and what that is."""
        thoughts = self.last_thoughts = thoughts_of(reply.get("thoughts"))
        if self._step is not None:
            self._step.result(thoughts=thoughts, command=reply.get("command"))
        if text := thoughts.get("text"):
            self._context.message(text, name=self._name)
        for field, title in _ASIDE.items():
            if field in thoughts:
                self._context.log(f"{title}: {thoughts[field]}")

    def execute(self, name: str, arguments: Mapping[str, Any], command: Callable[[], Any]) -> Any:
        """What the command gives; an error is its result, too, and ends its step as failed."""
        result: Any = None
        step = self._context.step(name, type="tool", arguments=dict(arguments))
        with contextlib.suppress(_CommandError), step as begun:
            result = command()
            begun.result(result=str(result))
            if str(result).startswith("Error"):
                raise _CommandError(str(result))
        return result


class _CommandError(Exception):
    """A command said that it has failed."""
