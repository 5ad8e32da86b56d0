"""Makes steps, tokens and messages of what an agent or team says: turns, and the tools that are called in them."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from autogen_agentchat.messages import (
    BaseChatMessage,
    HandoffMessage,
    MemoryQueryEvent,
    ModelClientStreamingChunkEvent,
    SelectSpeakerEvent,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    UserInputRequestedEvent,
)

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_USER = "user"


class Events:
    """A turn begins when somebody is selected, or with their first word, and ends with their message."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._whole = context.begin(name, "agent")
        self._turns: dict[str, Step] = {}
        self._tools: dict[str, Step] = {}

    def close(self, status: str) -> None:
        """End what is still open: turns that nobody finished were stopped, the whole ends with this status."""
        for step in [*self._tools.values(), *self._turns.values()]:
            step.end("failed" if status == "failed" else "cancelled")
        self._tools.clear()
        self._turns.clear()
        self._whole.end(status)

    def see(self, item: Any) -> None:
        """Tell one thing that happened."""
        if isinstance(item, SelectSpeakerEvent):
            for speaker in item.content:
                self._turn_of(speaker)
        elif isinstance(item, ModelClientStreamingChunkEvent):
            self._context.emit("token", item.content, step=self._turn_of(item.source).id, name=item.source)
        elif isinstance(item, ToolCallRequestEvent):
            self._begin_tools(item)
        elif isinstance(item, ToolCallExecutionEvent):
            self._end_tools(item)
        elif isinstance(item, (ThoughtEvent, MemoryQueryEvent)):
            self._context.log(f"{item.source}: {item.to_text()}", step=self._turn_of(item.source).id)
        elif isinstance(item, BaseChatMessage):
            self._say(item)
        elif not isinstance(item, UserInputRequestedEvent):  # the question itself is an event
            self._context.log(f"{item.source}: {type(item).__name__}: {item.to_text()}"[:2000], level="DEBUG")

    def _say(self, item: BaseChatMessage) -> None:
        usage = item.models_usage
        to = {"to": item.target} if isinstance(item, HandoffMessage) else {}
        if item.source == _USER and _USER not in self._turns:
            self._context.message(item.to_text(), role="user")
            return
        step = self._turn_of(item.source)
        if usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            self._context.emit(
                "usage", None, step=step.id, promptTokens=usage.prompt_tokens, completionTokens=usage.completion_tokens
            )
        self._context.emit("message", item.to_text(), step=step.id, role="assistant", name=item.source, **to)
        self._turns.pop(item.source).end("completed", **({"handoff": item.target} if to else {}))

    def _turn_of(self, speaker: str) -> Step:
        if speaker not in self._turns:
            self._turns[speaker] = self._context.begin(speaker, "task", self._whole.id, node=speaker)
        return self._turns[speaker]

    def _begin_tools(self, item: ToolCallRequestEvent) -> None:
        turn = self._turn_of(item.source)
        for call in item.content:
            self._tools[call.id] = self._context.begin(call.name, "tool", turn.id, arguments=_arguments(call.arguments))

    def _end_tools(self, item: ToolCallExecutionEvent) -> None:
        for result in item.content:
            if step := self._tools.pop(result.call_id, None):
                step.end("failed" if result.is_error else "completed", result=result.content)


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
