"""Words scripted replies as OpenAI's responses."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.replies.writing import arguments_of, event, new_id
from orchestra.gateway.scripted import Piece
from orchestra.gateway.scripts import ToolCall


@dataclass(slots=True)
class ResponsesWriter:
    model: str
    _id: str = field(default_factory=lambda: new_id("resp_"))
    _created: int = field(default_factory=lambda: int(time.time()))
    _output: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The items that are whole."""
    _message: str | None = None
    """The id of the message that is being said."""
    _text: str = ""
    _events: int = 0

    def whole(self, pieces: Sequence[Piece], tokens: Tokens) -> Mapping[str, Any]:
        for piece in pieces:
            self.piece(piece)
        self._end_message()
        return self._response("completed", tokens)

    def opening(self, tokens: Tokens) -> bytes:
        begun = self._response("in_progress", None)
        return self._event("response.created", response=begun) + self._event("response.in_progress", response=begun)

    def piece(self, piece: Piece) -> bytes:
        if isinstance(piece, ToolCall):
            return self._end_message() + self._call(piece)
        begun = b"" if self._message else self._begin_message()
        self._text += piece
        return begun + self._event("response.output_text.delta", **self._place(), delta=piece, logprobs=[])

    def closing(self, pieces: Sequence[Piece], tokens: Tokens) -> bytes:
        ended = self._end_message()
        return ended + self._event("response.completed", response=self._response("completed", tokens))

    def _begin_message(self) -> bytes:
        self._message, self._text = new_id("msg_"), ""
        added = self._event(
            "response.output_item.added", output_index=len(self._output), item=self._item("in_progress", [])
        )
        return added + self._event("response.content_part.added", **self._place(), part=_part(""))

    def _end_message(self) -> bytes:
        if self._message is None:
            return b""
        part, item = _part(self._text), self._item("completed", [_part(self._text)])
        ended = (
            self._event("response.output_text.done", **self._place(), text=self._text, logprobs=[])
            + self._event("response.content_part.done", **self._place(), part=part)
            + self._event("response.output_item.done", output_index=len(self._output), item=item)
        )
        self._output.append(item)
        self._message = None
        return ended

    def _call(self, call: ToolCall) -> bytes:
        arguments, index = arguments_of(call), len(self._output)
        item = {
            "id": new_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "call_id": new_id("call_"),
            "name": call.name,
            "arguments": arguments,
        }
        place = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress", "arguments": ""}
        self._output.append(item)
        return (
            self._event("response.output_item.added", output_index=index, item=begun)
            + self._event("response.function_call_arguments.delta", **place, delta=arguments)
            + self._event("response.function_call_arguments.done", **place, name=call.name, arguments=arguments)
            + self._event("response.output_item.done", output_index=index, item=item)
        )

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._message, "output_index": len(self._output), "content_index": 0}

    def _item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self._message, "type": "message", "status": status, "role": "assistant", "content": content}

    def _event(self, kind: str, /, **data: Any) -> bytes:
        self._events += 1
        return event({"type": kind, "sequence_number": self._events - 1, **data}, kind)

    def _response(self, status: str, tokens: Tokens | None) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": self.model,
            "output": list(self._output),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": _usage(tokens) if tokens else None,
        }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(tokens: Tokens) -> dict[str, Any]:
    read, said = tokens.input or 0, tokens.output or 0
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + said,
    }
