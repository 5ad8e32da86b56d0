"""What all formats need to word a scripted reply."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.scripted import Piece
from orchestra.gateway.scripts import ToolCall


class Writer(Protocol):
    """Words one answer: whole, or as events from opening to closing."""

    def whole(self, pieces: Sequence[Piece], tokens: Tokens) -> Mapping[str, Any]: ...
    def opening(self, tokens: Tokens) -> bytes:
        """What comes before the first piece; of the tokens, the input is known."""
        ...

    def piece(self, piece: Piece) -> bytes: ...
    def closing(self, pieces: Sequence[Piece], tokens: Tokens) -> bytes: ...


def new_id(prefix: str) -> str:
    return f"{prefix}{secrets.token_hex(12)}"


def arguments_of(call: ToolCall) -> str:
    return json.dumps(call.arguments, ensure_ascii=False)


def text_in(pieces: Sequence[Piece]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def calls_in(pieces: Sequence[Piece]) -> list[ToolCall]:
    return [piece for piece in pieces if isinstance(piece, ToolCall)]


def event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """One server-sent event; JSON in ASCII has no line break in it."""
    body = json.dumps(data, separators=(",", ":")).encode("ascii")
    return b"data: %b\n\n" % body if name is None else b"event: %b\ndata: %b\n\n" % (name.encode("ascii"), body)


def usage_object(tokens: Tokens) -> dict[str, Any]:
    """The usage as OpenAI's older formats tell it."""
    read, said = tokens.input or 0, tokens.output or 0
    usage: dict[str, Any] = {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}
    if tokens.cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": tokens.cached}
    if tokens.reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": tokens.reasoning}
    return usage
