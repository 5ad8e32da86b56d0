"""The person who takes part in a network: is asked when an agent writes to them, and answers as `human`."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from openagents.models.event import Event

from .conversation import Conversation
from .local import MESSAGING, LocalClient

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

HUMAN = "human"
_SHOWN_CHARACTERS = 9000  # a question may have 10,000


class Person:
    def __init__(self, client: LocalClient, conversation: Conversation, context: Context, is_asked: bool) -> None:
        self._client = client
        self._conversation = conversation
        self._context = context
        self._is_asked = is_asked
        self._asking: set[asyncio.Task[None]] = set()

    def hear(self, event: Event, text: str) -> None:
        """An agent has written something: if it is to the person, ask them for a reply, while the others go on."""
        payload = event.payload or {}
        if self._is_asked and HUMAN in (payload.get("target_agent_id"), payload.get("mentioned_agent_id")):
            task = asyncio.create_task(self._answer(str(event.source_id), text))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def leave(self) -> None:
        """Nobody waits for their replies any more."""
        for task in self._asking:
            task.cancel()

    async def _answer(self, speaker: str, text: str) -> None:
        with self._conversation.work():  # a network that waits for a person is not silent
            answer = await self._context.ask_async(f"{speaker} writes to you:\n{text[:_SHOWN_CHARACTERS]}")
            self._context.message(str(answer), role="user", name=HUMAN, to=speaker)
            await self._client.mod_adapters[MESSAGING].send_direct_message(speaker, str(answer))
