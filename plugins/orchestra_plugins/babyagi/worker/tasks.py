"""The list of tasks: what is open, in which order, and under which numbers; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBERED = re.compile(r"[ \t]*#?(\d{1,6})[.):][ \t]+(\S.*)")
_MOST_CHARACTERS = 1000
_AROUND = " \t*_`\"'"


@dataclass(frozen=True)
class Task:
    id: int
    name: str


class TaskList:
    """Ids count up and are never used again; a task keeps its own when the list is ranked anew."""

    def __init__(self, most_open: int) -> None:
        self.open: list[Task] = []
        self._most_open = most_open
        self._last_id = 0

    def add(self, name: str) -> Task | None:
        """The new task; None if the list is full."""
        if len(self.open) >= self._most_open:
            return None
        self.open.append(self._new(name))
        return self.open[-1]

    def take(self) -> Task:
        return self.open.pop(0)

    def rank(self, names: Sequence[str]) -> list[Task]:
        """Replace the list by this one, as the original does; what is left out of it is given back. None: keep all."""
        if not names:
            return []
        left = {_key(task.name): task for task in reversed(self.open)}
        before = self.open
        self.open = [left.pop(_key(name), None) or self._new(name) for name in names[: self._most_open]]
        return [task for task in before if task not in self.open]

    @property
    def names(self) -> list[str]:
        return [task.name for task in self.open]

    def _new(self, name: str) -> Task:
        self._last_id += 1
        return Task(self._last_id, name)


def numbered(text: str) -> list[str]:
    """The tasks that a reply lists as `1. Do this`; other lines say nothing."""
    found = (_NUMBERED.match(line) for line in text.splitlines())
    names = (one.group(2)[:_MOST_CHARACTERS].strip(_AROUND) for one in found if one)
    return [name for name in names if name]


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
