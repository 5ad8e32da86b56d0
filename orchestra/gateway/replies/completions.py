"""Words scripted replies as OpenAI's old completions, which know no tools: a call of one is told as JSON."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.replies.writing import event, new_id, usage_object
from orchestra.gateway.scripted import Piece

_DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class CompletionsWriter:
    model: str
    _id: str = field(default_factory=lambda: new_id("cmpl-"))
    _created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, pieces: Sequence[Piece], tokens: Tokens) -> Mapping[str, Any]:
        return self._object("".join(map(_text, pieces)), "stop") | {"usage": usage_object(tokens)}

    def opening(self, tokens: Tokens) -> bytes:
        return b""

    def piece(self, piece: Piece) -> bytes:
        return event(self._object(_text(piece), None))

    def closing(self, pieces: Sequence[Piece], tokens: Tokens) -> bytes:
        usage = {**self._object("", None), "choices": [], "usage": usage_object(tokens)}
        return event(self._object("", "stop")) + event(usage) + _DONE

    def _object(self, text: str, finish_reason: str | None) -> dict[str, Any]:
        choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": finish_reason}
        return {
            "id": self._id,
            "object": "text_completion",
            "created": self._created,
            "model": self.model,
            "choices": [choice],
        }


def _text(piece: Piece) -> str:
    return piece if isinstance(piece, str) else json.dumps({"name": piece.name, "arguments": piece.arguments})
