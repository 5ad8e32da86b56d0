"""Words scripted replies as OpenAI's chat completions."""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.replies.writing import arguments_of, calls_in, event, new_id, text_in, usage_object
from orchestra.gateway.scripted import Piece
from orchestra.gateway.scripts import ToolCall

_DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class ChatWriter:
    model: str
    _id: str = field(default_factory=lambda: new_id("chatcmpl-"))
    _created: int = field(default_factory=lambda: int(time.time()))
    _tool_index: Iterator[int] = field(default_factory=itertools.count)

    def whole(self, pieces: Sequence[Piece], tokens: Tokens) -> Mapping[str, Any]:
        calls = calls_in(pieces)
        message: dict[str, Any] = {"role": "assistant", "content": text_in(pieces) or (None if calls else "")}
        if calls:
            message["tool_calls"] = [_tool_call(call) for call in calls]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(pieces)}
        return self._object("chat.completion", [choice]) | {"usage": usage_object(tokens)}

    def opening(self, tokens: Tokens) -> bytes:
        return self._delta({"role": "assistant", "content": ""})

    def piece(self, piece: Piece) -> bytes:
        if isinstance(piece, str):
            return self._delta({"content": piece})
        return self._delta({"tool_calls": [{"index": next(self._tool_index), **_tool_call(piece)}]})

    def closing(self, pieces: Sequence[Piece], tokens: Tokens) -> bytes:
        usage = event(self._object("chat.completion.chunk", []) | {"usage": usage_object(tokens)})
        return self._delta({}, _finish_reason(pieces)) + usage + _DONE

    def _delta(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return event(self._object("chat.completion.chunk", [choice]))

    def _object(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self.model, "choices": choices}


def _finish_reason(pieces: Sequence[Piece]) -> str:
    return "tool_calls" if calls_in(pieces) else "stop"


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": new_id("call_"),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_of(call)},
    }
