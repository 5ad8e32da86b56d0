"""Remembers the results of tasks, and which of them are nearest to the objective."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Vector = Sequence[float]
_MOST_CHARACTERS = 20_000  # of a text that is embedded; models take about 8000 tokens


class Memory:
    """`embed` makes a vector of a text; without it, the latest tasks are the nearest."""

    def __init__(self, embed: Callable[[str], Vector] | None) -> None:
        self._embed = embed
        self._tasks: list[tuple[str, Vector]] = []
        self._sought: tuple[str, Vector] | None = None

    def add(self, task: str, result: str) -> None:
        self._tasks.append((task, self._vector(result or task)))

    def nearest(self, objective: str, number: int) -> list[str]:
        """The names of at most so many tasks, the nearest first."""
        if not self._tasks or not number:
            return []
        if self._embed is None:
            return [task for task, _ in self._tasks[: -number - 1 : -1]]
        if self._sought is None or self._sought[0] != objective:
            self._sought = (objective, self._vector(objective))
        sought = self._sought[1]
        ranked = sorted(self._tasks, key=lambda one: -_likeness(sought, one[1]))
        return [task for task, _ in ranked[:number]]

    def _vector(self, text: str) -> Vector:
        return self._embed(text[:_MOST_CHARACTERS]) if self._embed else ()


def _likeness(one: Vector, other: Vector) -> float:
    """The cosine of the angle between them; 0 if one has no length."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other)) / lengths if lengths else 0.0  # noqa: B905 - of one model
