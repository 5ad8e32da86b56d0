"""Lets AgentVerse's agents ask their models through the run's context."""

# AgentVerse is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentverse.llms.openai import Gateway

from .speakers import speaker

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_EMBEDDING_MODEL = "text-embedding-ada-002"  # AgentVerse has no other


def provide(context: Context) -> None:
    """From now on; a refusal ends the run, where AgentVerse would go on with an empty message."""

    def ask(messages: list[dict[str, Any]], given: Any) -> str:
        with context.step(given.model, type="llm", messages=len(messages)):
            return context.chat(
                messages, given.model, name=speaker(), temperature=given.temperature, max_tokens=given.max_tokens
            )

    Gateway.ask = staticmethod(ask)
    Gateway.embed = staticmethod(lambda text: context.embed([text], _EMBEDDING_MODEL)[0])
