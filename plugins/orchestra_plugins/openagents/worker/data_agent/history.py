"""The conversation with the model, never longer than it may be: the oldest steps go first, the task stays."""

from __future__ import annotations

_CHARACTERS_PER_TOKEN = 4  # as estimated without a tokenizer
_GAP = "\n[…]\n"
_LEFT_OUT = "(Earlier steps were left out.)\n\n"


class History:
    def __init__(self, system: str, question: str, max_tokens: int) -> None:
        self._system = system
        self._question = question
        self._max_characters = max_tokens * _CHARACTERS_PER_TOKEN
        self._steps: list[tuple[str, str]] = []  # what the model said, and what came back

    def add(self, said: str, came_back: str) -> None:
        self._steps.append((said, came_back))

    def messages(self) -> list[dict[str, str]]:
        """What to send: always the task and the latest step, cut in the middle if they are too long."""
        room = max(0, self._max_characters - len(self._system))
        question = clipped(self._question, room // 2)
        room -= len(question)
        kept: list[tuple[str, str]] = []
        for said, came_back in reversed(self._steps):
            if kept and len(said) + len(came_back) > room:
                break
            kept.insert(0, (clipped(said, room // 2), clipped(came_back, max(room // 2, room - len(said)))))
            room -= len(kept[0][0]) + len(kept[0][1])
        return [*self._head(question, len(kept) < len(self._steps)), *_turns(kept)]

    def _head(self, question: str, is_cut: bool) -> list[dict[str, str]]:
        asked = question + ("\n\n" + _LEFT_OUT.strip() if is_cut else "")
        return [{"role": "system", "content": self._system}, {"role": "user", "content": asked}]


def _turns(steps: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [
        {"role": role, "content": content}
        for said, came_back in steps
        for role, content in (("assistant", said), ("user", came_back))
    ]


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning and end with a mark between, in at most so many characters."""
    if len(text) <= limit:
        return text
    if limit <= len(_GAP):
        return text[: max(0, limit)]
    head = (limit - len(_GAP)) // 2
    return text[:head] + _GAP + text[len(text) - (limit - len(_GAP) - head) :]
