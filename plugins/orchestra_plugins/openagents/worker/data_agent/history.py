"""The conversation with the model, never longer than it may be: the oldest steps go first, the task stays."""

from __future__ import annotations

from collections.abc import Sequence

_CHARACTERS_PER_TOKEN = 4  # as estimated without a tokenizer
_GAP = "\n[…]\n"
_LEFT_OUT = "\n\n(Earlier steps were left out.)"
_ROLES = ("user", "assistant")


class History:
    def __init__(self, system: str, question: str, max_tokens: int, earlier: Sequence[tuple[str, str]] = ()) -> None:
        """`earlier` are the tasks of the same conversation before this one, with their answers."""
        self._system = system
        self._question = question
        self._max_characters = max_tokens * _CHARACTERS_PER_TOKEN
        self._earlier = list(earlier)
        self._steps: list[tuple[str, str]] = []  # what the model said, and what came back

    def add(self, said: str, came_back: str) -> None:
        self._steps.append((said, came_back))

    def messages(self) -> list[dict[str, str]]:
        """What to send: always the task and the latest step, cut in the middle if they are too long."""
        room = max(0, self._max_characters - len(self._system))
        question = clipped(self._question, room // 2)
        room -= len(question)
        earlier = self._newest_that_fit(room // 4)
        room -= sum(len(task) + len(answer) for task, answer in earlier)
        kept: list[tuple[str, str]] = []
        for said, came_back in reversed(self._steps):
            if kept and len(said) + len(came_back) > room:
                break
            kept.insert(0, (clipped(said, room // 2), clipped(came_back, max(room // 2, room - len(said)))))
            room -= len(kept[0][0]) + len(kept[0][1])
        asked = question + (_LEFT_OUT if len(kept) < len(self._steps) else "")
        turns = [*((text, _ROLES[index]) for turn in earlier for index, text in enumerate(turn)), (asked, "user")]
        turns += [(text, _ROLES[1 - index]) for step in kept for index, text in enumerate(step)]
        return [
            {"role": "system", "content": self._system},
            *({"role": role, "content": text} for text, role in turns),
        ]

    def _newest_that_fit(self, room: int) -> list[tuple[str, str]]:
        fitting: list[tuple[str, str]] = []
        for task, answer in reversed(self._earlier):
            room -= len(task) + len(answer)
            if room < 0:
                break
            fitting.insert(0, (task, answer))
        return fitting


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning and end with a mark between, in at most so many characters."""
    if len(text) <= limit:
        return text
    if limit <= len(_GAP):
        return text[: max(0, limit)]
    head = (limit - len(_GAP)) // 2
    return text[:head] + _GAP + text[len(text) - (limit - len(_GAP) - head) :]
