"""Words scripted replies as Anthropic's messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.replies.writing import arguments_of, calls_in, event, new_id, text_in
from orchestra.gateway.scripted import Piece
from orchestra.gateway.scripts import ToolCall


@dataclass(slots=True)
class MessagesWriter:
    model: str
    _id: str = field(default_factory=lambda: new_id("msg_"))
    _blocks: int = 0
    _in_text: bool = False

    def whole(self, pieces: Sequence[Piece], tokens: Tokens) -> Mapping[str, Any]:
        text = text_in(pieces)
        content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        content += [_tool_use(call, call.arguments) for call in calls_in(pieces)]
        return self._message(content, _stop_reason(pieces), tokens)

    def opening(self, tokens: Tokens) -> bytes:
        return _event("message_start", message=self._message([], None, tokens))

    def piece(self, piece: Piece) -> bytes:
        if isinstance(piece, ToolCall):
            return self._end_text() + self._tool_use(piece)
        begun = b"" if self._in_text else self._start({"type": "text", "text": ""})
        self._in_text = True
        return begun + self._delta({"type": "text_delta", "text": piece})

    def closing(self, pieces: Sequence[Piece], tokens: Tokens) -> bytes:
        delta = {"stop_reason": _stop_reason(pieces), "stop_sequence": None}
        usage = {"output_tokens": tokens.output or 0}
        return self._end_text() + _event("message_delta", delta=delta, usage=usage) + _event("message_stop")

    def _tool_use(self, call: ToolCall) -> bytes:
        begun = self._start(_tool_use(call, {}))
        return begun + self._delta({"type": "input_json_delta", "partial_json": arguments_of(call)}) + self._stop()

    def _start(self, block: Mapping[str, Any]) -> bytes:
        return _event("content_block_start", index=self._blocks, content_block=block)

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return _event("content_block_delta", index=self._blocks, delta=delta)

    def _stop(self) -> bytes:
        self._blocks += 1
        return _event("content_block_stop", index=self._blocks - 1)

    def _end_text(self) -> bytes:
        ended = self._stop() if self._in_text else b""
        self._in_text = False
        return ended

    def _message(self, content: list[dict[str, Any]], stop_reason: str | None, tokens: Tokens) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": tokens.input or 0, "output_tokens": tokens.output or 0},
        }


def _event(kind: str, /, **data: Any) -> bytes:
    return event({"type": kind, **data}, kind)


def _tool_use(call: ToolCall, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": new_id("toolu_"), "name": call.name, "input": given}


def _stop_reason(pieces: Sequence[Piece]) -> str:
    return "tool_use" if calls_in(pieces) else "end_turn"
