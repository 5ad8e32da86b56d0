"""Asks the gateway's models in place of AutoGPT's own functions, which wait long after a refusal and do not stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_MEMORY_DIMENSIONS = 1536


class Calls:
    def __init__(self, context: Context, configuration: Mapping[str, Any]) -> None:
        self._context = context
        self._model: str = configuration["fast_llm_model"]
        self._embedding_model: str = configuration["embedding_model"]
        self._temperature: float | None = configuration.get("temperature")
        self._name: str = configuration["ai_name"]
        self.memory: Any = None  # AutoGPT's LocalCache, if it has one
        self.speaker: str | None = None  # the helper whose words the next replies are; None for the agent itself
        self.thinks = False  # whether the next reply chooses a command

    def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> str:
        """The whole reply. Temperature is as configured, and its room is not told, which many models refuse."""
        step, model = ("think" if self.thinks else "ask"), model or self._model
        self.thinks = False
        chosen = {} if self._temperature is None else {"temperature": self._temperature}
        with self._context.step(step, type="llm", model=model):
            reply = self._context.chat(messages, model, name=self.speaker or self._name, **chosen)
        if self.speaker:
            self._context.message(reply, name=self.speaker)
        return reply

    def embedding(self, text: str) -> list[float]:
        """The text's vector; the memory, as long as it is empty, is made to take those of this model."""
        (vector,) = self._context.embed([text], self._embedding_model)
        if self.memory is not None and len(vector) != _MEMORY_DIMENSIONS and not len(self.memory.data.embeddings):
            self.memory.data.embeddings = self.memory.data.embeddings[:, :1].repeat(len(vector), axis=1)
        return vector
