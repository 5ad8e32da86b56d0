"""Stands for agentverse/llms/openai.py in the environment: models are asked for at the gateway, by the worker half.

AgentVerse's own needs openai 0.27, does not stream, tries each call twenty times, and knows three models.
"""

# AgentVerse is in its own environment, not in ours.
# pyright: reportMissingImports=false

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from agentverse.llms.base import BaseChatModel, LLMResult
from pydantic import BaseModel, Field

from . import llm_registry


class OpenAIChatArgs(BaseModel):
    model: str = "gpt-4"
    max_tokens: int = 2048
    temperature: float = 1.0


class Gateway:
    """What a run sets: `ask` gives the reply to messages, `embed` the vector for a text."""

    ask: Callable[[list[dict[str, Any]], OpenAIChatArgs], str]
    embed: Callable[[str], Sequence[float]]


@llm_registry.register("gpt-4")
class OpenAIChat(BaseChatModel):
    args: OpenAIChatArgs = Field(default_factory=OpenAIChatArgs)

    def __init__(self, max_retry: int = 3, **kwargs: Any) -> None:
        super().__init__(args=OpenAIChatArgs(**kwargs), max_retry=max_retry)

    def generate_response(
        self, prepend_prompt: str = "", history: Any = (), append_prompt: str = "", functions: Any = ()
    ) -> LLMResult:
        return LLMResult(content=Gateway.ask(messages_of(prepend_prompt, history, append_prompt), self.args))

    async def agenerate_response(
        self, prepend_prompt: str = "", history: Any = (), append_prompt: str = "", functions: Any = ()
    ) -> LLMResult:
        return await asyncio.to_thread(self.generate_response, prepend_prompt, history, append_prompt)

    def get_spend(self) -> float:
        return 0.0  # the gateway counts


def messages_of(prepend_prompt: str, history: Any, append_prompt: str) -> list[dict[str, Any]]:
    """As AgentVerse has them; a prompt alone is the user's, since not every provider takes a system prompt alone."""
    first = {"role": "system" if history or append_prompt else "user", "content": prepend_prompt}
    last = {"role": "user", "content": append_prompt}
    return [*([first] if prepend_prompt else []), *history, *([last] if append_prompt else [])]


def get_embedding(text: str, attempts: int = 3) -> tuple[float, ...]:
    return tuple(Gateway.embed(text.replace("\n", " ")))
