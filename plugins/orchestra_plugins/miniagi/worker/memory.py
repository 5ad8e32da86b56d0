"""What the agent remembers: a running summary and its latest actions, never more than the context may hold."""

from __future__ import annotations

from typing import Callable

from . import prompts
from .text import CHARACTERS_PER_TOKEN, clipped, tokens

_RECENT_ITEMS = 32
_HEADINGS_TOKENS = 20  # what the headings and line ends of `context` need at most

Condenser = Callable[[str], str]  # a prompt in, the model's reply out


class Memory:
    def __init__(self, ask: Condenser, max_context: int, max_item: int, chunk: int) -> None:
        self._ask = ask
        self._max_context = max_context
        self._max_item = max_item
        self._chunk_characters = chunk * CHARACTERS_PER_TOKEN
        self._summary = ""
        self._items: list[str] = []
        self.criticism = ""

    def context(self) -> str:
        """Summary, latest actions and criticism, in at most `max_context` tokens; the newest action has a place."""
        summary = clipped(self._summary, self._max_context // 3)
        criticism = clipped(self.criticism, self._max_context // 6)
        room = self._max_context - _HEADINGS_TOKENS - tokens(summary) - tokens(criticism)
        text = f"SUMMARY:\n{summary}\nPREVIOUS ACTIONS:\n" + "\n".join(self._recent(room))
        return f"{text}\nCRITICISM:\n{criticism}" if criticism else text

    def remember(self, command: str, argument: str, observation: str) -> None:
        """Add an action with what came of it; what the critic said of the one before has had its use."""
        shown = self.shrunk(observation, self._max_item)
        if command == "memorize_thoughts":
            item = f"ACTION:\n{command}\nTHOUGHTS:\n{shown}\n"
        else:
            item = f"ACTION:\n{command}\n{clipped(argument, self._max_item)}\nRESULT:\n{shown}\n"
        summary = self._ask(prompts.summarise(self._summary, item, self._max_item))
        self._summary = clipped(summary.strip(), self._max_item)
        self._items = [*self._items, item][-_RECENT_ITEMS:]
        self.criticism = ""

    def shrunk(self, text: str, limit_tokens: int) -> str:
        """The text, condensed part by part if it has more than so many tokens."""
        if tokens(text) <= limit_tokens:
            return text
        size = self._chunk_characters
        parts = [text[start : start + size] for start in range(0, len(text), size)]
        each = max(1, limit_tokens // len(parts))
        return clipped("\n".join(self._ask(prompts.condense(part, each)).strip() for part in parts), limit_tokens)

    def _recent(self, room: int) -> list[str]:
        """The newest items that fit, oldest first. The newest is cut rather than left out: it is what to go on from."""
        kept: list[str] = []
        for item in reversed(self._items):
            if kept and tokens(item) + 1 > room:
                break
            kept.insert(0, clipped(item, room))
            room -= tokens(kept[0]) + 1
        return kept
