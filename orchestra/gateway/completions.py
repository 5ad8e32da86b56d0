"""Writes completions in OpenAI's shape, whole or chunk by chunk."""

import itertools
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestra.gateway.metering import Usage
from orchestra.gateway.scripted import Piece
from orchestra.gateway.scripts import ToolCall

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """What is the same in all parts of one answer."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    _tool_index: Iterator[int] = field(default_factory=itertools.count)

    def whole(self, pieces: Sequence[Piece], usage: Usage) -> dict[str, Any]:
        calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        message: dict[str, Any] = {"role": "assistant", "content": None if calls else text}
        if calls:
            message["tool_calls"] = [_tool_call(call) for call in calls]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(pieces)}
        return self._object("chat.completion", [choice]) | {"usage": usage_object(usage)}

    def opening(self) -> bytes:
        return self._delta({"role": "assistant", "content": ""})

    def piece(self, piece: Piece) -> bytes:
        """The next piece's chunk."""
        if isinstance(piece, str):
            return self._delta({"content": piece})
        return self._delta({"tool_calls": [{"index": next(self._tool_index), **_tool_call(piece)}]})

    def finish(self, reason: str) -> bytes:
        return self._delta({}, reason)

    def usage(self, usage: Usage) -> bytes:
        return event(self._object("chat.completion.chunk", []) | {"usage": usage_object(usage)})

    def _delta(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return event(self._object("chat.completion.chunk", [choice]))

    def _object(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices}


def finish_reason(pieces: Sequence[Piece]) -> str:
    return "tool_calls" if any(isinstance(piece, ToolCall) for piece in pieces) else "stop"


def usage_object(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event; JSON in ASCII has no line break in it."""
    return b"data: %b\n\n" % json.dumps(data, separators=(",", ":")).encode("ascii")


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}
