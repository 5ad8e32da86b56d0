"""Makes values of any class into such as JSON can hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 12


def plain(value: Any, depth: int = 0) -> Any:
    """The value in mappings, lists and plain values; what is neither, or lies too deep, as text."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if depth >= _MAX_DEPTH:
        return f"<{type(value).__name__}>"
    if is_message(value):
        return _of_message(value, depth)
    if callable(dump := getattr(value, "model_dump", None)):
        return plain(dump(), depth + 1)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name), depth + 1) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner, depth + 1) for inner in value]
    return str(value)


def is_message(value: Any) -> bool:
    """Whether it is a message of LangChain's."""
    return hasattr(value, "content") and hasattr(value, "type") and hasattr(value, "additional_kwargs")


def text_of(message: Any) -> str:
    """The text of a message, whose content may be a text or a list of blocks."""
    content = getattr(message, "content", "")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(one if isinstance(one, str) else str(one.get("text", "")) for one in content)


def _of_message(message: Any, depth: int) -> dict[str, Any]:
    calls = getattr(message, "tool_calls", None)
    return {
        "role": message.type,
        "text": text_of(message),
        **({"name": message.name} if getattr(message, "name", None) else {}),
        **({"toolCalls": plain(calls, depth + 1)} if calls else {}),
    }
