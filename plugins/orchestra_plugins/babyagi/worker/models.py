"""Stands in for litellm, by which functionz' packs ask models of their choice: what they ask goes to the gateway."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_PASSED_ON = ("tools", "tool_choice", "response_format", "stop")


class Answer(dict[str, Any]):
    """An answer as litellm gives them: its fields can be had as items and as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Models:
    """The one model that was chosen answers, whatever a pack asks for."""

    def __init__(self, configuration: Mapping[str, Any], context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._model: str = configuration["model"]
        self._embedding_model: str = configuration["embedding_model"]
        temperature = configuration.get("temperature")
        self._parameters = {} if temperature is None else {"temperature": temperature}
        self._left = int(configuration["max_calls"])
        self.before_each: Callable[[], None] = lambda: None

    def install(self) -> None:
        """Put it where packs import litellm from."""
        module = ModuleType("litellm")
        vars(module).update(completion=self.completion, embedding=self.embedding, set_verbose=False)
        sys.modules["litellm"] = module

    def completion(self, model: str = "", messages: Sequence[Mapping[str, Any]] = (), **asked: Any) -> Answer:
        self._count()
        self.before_each()
        given = {name: asked[name] for name in _PASSED_ON if asked.get(name)}
        if "tools" not in given:
            given.pop("tool_choice", None)
        with self._context.step("think", type="llm", model=self._model):
            reply = self._context.converse(list(messages), self._model, self._name, **self._parameters, **given)
        if reply["content"]:
            self._context.message(reply["content"], name=self._name)
        return Answer(choices=[Answer(index=0, message=Answer(reply), finish_reason="stop")])

    def _count(self) -> None:
        if not self._left:
            self._context.fail("functionz was stopped at its limit of model calls; max_calls raises it.")
        self._left -= 1

    def embedding(self, model: str = "", input: Sequence[str] = (), **_: Any) -> Answer:
        if not self._embedding_model:
            raise ValueError("No embedding model is configured.")
        vectors = self._context.embed(list(input), self._embedding_model)
        return Answer(data=[Answer(index=index, embedding=vector) for index, vector in enumerate(vectors)])
