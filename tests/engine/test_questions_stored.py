"""Which questions are open is written down, also of a question that comes just as the last look ends."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestra.domain.events import Event, EventKind
from orchestra.engine.attempt import Attempt
from orchestra.engine.questions import Questions


class _Bus:
    """Calls back when something is told, which is when the last look ends."""

    def __init__(self) -> None:
        self.told = 0

    def publish(self, topic: str, item: object, weight: int = 1) -> None:
        self.told += 1


def _question(id: str) -> Event:
    return Event(1, 1, 0, 1.0, EventKind.QUESTION, None, "Well?", None, {"id": id})


@pytest.mark.parametrize("beats", range(1, 8))
def test_no_question_is_left_out_whenever_it_comes(tmp_path: Path, beats: int) -> None:
    written: list[int] = []

    async def ask() -> None:
        surroundings = SimpleNamespace(bus=_Bus(), storage=None)
        questions = Questions(cast(Any, surroundings))
        questions._write = lambda attempt, open: bool(written.append(len(open)) or True)  # type: ignore[method-assign]
        execution = SimpleNamespace(number=1, attempt=1, id="e", agent_id="a", owner_id="o")
        attempt = SimpleNamespace(execution=execution, questions={}, folders=SimpleNamespace(journal=tmp_path))
        questions.note(cast(Attempt, attempt), [_question("q1")])
        while not written:
            await asyncio.sleep(0)
        for _ in range(beats):
            await asyncio.sleep(0)
        questions.note(cast(Attempt, attempt), [_question("q2")])
        for _ in range(100):
            await asyncio.sleep(0.002)
            if written[-1] == 2:
                return

    asyncio.run(ask())
    assert written[-1] == 2
