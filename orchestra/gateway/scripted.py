"""The scripted model: answers from a script, deterministically, and says so where the script has no answer."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.chat import text_of
from orchestra.gateway.errors import CallError, bad_request
from orchestra.gateway.scripts import DEFAULT_DELAY_MS, MAX_PROMPT_CHARACTERS, Reply, Script, ToolCall, answer
from orchestra.gateway.wire.reading import estimated_tokens

_WORDS = re.compile(r"\S+\s*|\s+")

Piece = str | ToolCall
"""What a reply is streamed in: a word with the white space behind it, or a whole call of a tool."""


def characters_of(piece: Piece) -> int:
    if isinstance(piece, ToolCall):
        return len(piece.name) + len(json.dumps(piece.arguments, ensure_ascii=False))
    return len(piece)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply, ready to be given at once or piece by piece."""

    pieces: tuple[Piece, ...]
    input_tokens: int
    delay_seconds: float
    usage: Tokens | None = None
    """What the script has the model say that it used, in place of what is counted."""

    async def stream(self) -> AsyncGenerator[Piece, None]:
        """The pieces, with a pause between any two."""
        for index, piece in enumerate(self.pieces):
            if index:
                await asyncio.sleep(self.delay_seconds)
            yield piece


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """A model of this name; without a script it has an answer to nothing."""

    name: str
    script: Script | None
    provider: str = "scripted"

    def ask(self, messages: Sequence[Mapping[str, Any]]) -> Answer:
        prompt = text_of(messages[-1])
        if len(prompt) > MAX_PROMPT_CHARACTERS:
            raise bad_request(
                f"The scripted model reads at most {MAX_PROMPT_CHARACTERS:,} characters in a message; "
                f"the last one has {len(prompt):,}.",
                "messages",
                "context_length_exceeded",
            )
        reply = (answer(self.script, messages, self.name) if self.script else None) or self._no_reply()
        if reply.failure is not None:
            raise CallError(reply.failure.status, reply.failure.message, reply.failure.code)
        characters = sum(len(text_of(message)) for message in messages)
        return Answer(_pieces(reply), estimated_tokens(characters), self._delay_seconds(reply), reply.usage)

    def _delay_seconds(self, reply: Reply) -> float:
        if reply.chunk_delay_ms is not None:
            return reply.chunk_delay_ms / 1000
        return (self.script.chunk_delay_ms if self.script else DEFAULT_DELAY_MS) / 1000

    def _no_reply(self) -> Reply:
        reason = (
            f"no rule of script {self.script.source} matches this prompt"
            if self.script
            else f"the model '{self.name}' has none"
        )
        return Reply(
            f"This is AgentOrchestra's scripted model, which answers from a script, and {reason}. "
            "Choose a real model in the agent's configuration."
        )


def _pieces(reply: Reply) -> tuple[Piece, ...]:
    return (*_WORDS.findall(reply.text or ""), *reply.tool_calls)
