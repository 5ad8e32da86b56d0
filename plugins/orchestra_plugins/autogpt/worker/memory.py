"""Shows as steps what AutoGPT's memory takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


class Remembered:
    """AutoGPT's LocalCache, with a step for each of its two embeddings in a turn."""

    def __init__(self, memory: Any, context: Context) -> None:
        self._memory = memory
        self._context = context

    def add(self, text: str) -> str:
        with self._context.step("remember", type="memory"):
            return self._memory.add(text)

    def get_relevant(self, text: str, number: int) -> list[Any]:
        with self._context.step("recall", type="memory") as step:
            found = self._memory.get_relevant(text, number)
            step.result(memories=len(found))
            return found

    def get_stats(self) -> Any:
        return self._memory.get_stats()
