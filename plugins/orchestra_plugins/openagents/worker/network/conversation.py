"""What is said in a network, and when it is over: at so many messages, at silence, or when a model refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_POLL_SECONDS = 0.1


class Conversation:
    """Counts messages and those at work; `over` tells why it ended."""

    def __init__(self, max_messages: int, quiet_seconds: float, context: Context) -> None:
        self.messages = 0
        self.answer = ""
        self.failure: Exception | None = None
        self._max_messages = max_messages
        self._quiet_seconds = quiet_seconds
        self._context = context
        self._at_work = 0
        self._quiet = 0  # how many looks in a row found nobody at work, and nothing said
        self._ended = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self._ended.is_set() or self.messages >= self._max_messages

    def say(self, speaker: str, text: str, place: str, step: str | None) -> bool:
        """Show a message; False if there have been enough, and then it counts as unsaid."""
        if self.is_over:
            return False
        self._quiet = 0
        self.messages += 1
        self.answer = text
        # A message belongs to the step of whoever writes it, in the midst of others that are at work.
        self._context.emit(
            "message", text, role="assistant", name=speaker, to=place, **({"step": step} if step else {})
        )
        return True

    def fail(self, error: Exception) -> None:
        """The first failure of a model ends it: the library itself would let its agents fall silent."""
        self.failure = self.failure or error
        self._ended.set()

    @contextlib.contextmanager
    def work(self) -> Iterator[None]:
        """While somebody is at work, it is not silent."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self._quiet = 0

    async def over(self) -> str:
        """Wait for the end; why it is one."""
        # Looks are counted and not time: on a busy machine, time may pass without anybody having had a turn.
        while not self._ended.is_set():
            if self.is_over:
                return f"There were {self.messages} messages, the most there may be."
            self._quiet = 0 if self._at_work else self._quiet + 1
            if self._quiet * _POLL_SECONDS >= self._quiet_seconds:
                return f"Nobody wrote or worked for {self._quiet_seconds:g} seconds."
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _POLL_SECONDS)
        return "A model did not answer."
