"""The network's model provider: asks the gateway, streaming, and lets no refusal pass unnoticed."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import openai
from openagents.lms.providers import OpenAIProvider

from .conversation import Conversation

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step


class GatewayProvider(OpenAIProvider):
    """As the library's own for OpenAI; replies come piece by piece, and each call is a step below the agent's turn."""

    def __init__(
        self,
        name: str,
        model: str,
        turn: Step,
        conversation: Conversation,
        context: Context,
        parameters: Mapping[str, Any],
    ) -> None:
        super().__init__(model_name=model, api_base=context.gateway_url, api_key=context.gateway_key)
        self._name = name
        self._turn = turn
        self._conversation = conversation
        self._context = context
        self._parameters = parameters

    async def chat_completion(
        self, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """The reply in the library's form: `content` and `tool_calls`."""
        offered = [{"type": "function", "function": tool} for tool in tools or ()]
        step = self._context.begin("Think", "llm", self._turn.id)
        try:
            reply = await self._streamed(messages, offered, step)
        except openai.OpenAIError as error:
            step.end("failed", error=str(error))
            self._conversation.fail(error)
            raise
        except BaseException:
            step.end("cancelled")
            raise
        step.end()
        return reply

    async def _streamed(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], step: Step
    ) -> dict[str, Any]:
        more = {"tools": tools, "tool_choice": "auto"} if tools else {}
        stream = await self.client.chat.completions.create(
            model=self.model_name, messages=messages, stream=True, **more, **self._parameters
        )
        pieces: list[str] = []
        calls: dict[int, dict[str, str]] = {}
        async for chunk in stream:
            for choice in chunk.choices[:1]:
                if choice.delta.content:
                    pieces.append(choice.delta.content)
                    self._context.emit("token", choice.delta.content, step=step.id, name=self._name)
                for part in choice.delta.tool_calls or ():
                    _add(part, calls)
        return {"content": "".join(pieces), "tool_calls": [calls[index] for index in sorted(calls)]}


def _add(part: Any, calls: dict[int, dict[str, str]]) -> None:
    """Put a piece of a tool call to those of its index."""
    call = calls.setdefault(part.index, {"id": "", "name": "", "arguments": ""})
    call["id"] = part.id or call["id"]
    if part.function is not None:
        call["name"] += part.function.name or ""
        call["arguments"] += part.function.arguments or ""
