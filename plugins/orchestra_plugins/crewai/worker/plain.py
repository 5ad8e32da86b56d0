"""Makes values of any class into such as JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 12


def plain(value: Any, depth: int = 0) -> Any:
    """The value in mappings, lists and plain values; what is neither, or lies too deep, as text."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if depth >= _MAX_DEPTH:
        return f"<{type(value).__name__}>"
    if callable(dump := getattr(value, "model_dump", None)) and not isinstance(value, type):
        return plain(dump(), depth + 1)
    if isinstance(value, Mapping):
        return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner, depth + 1) for inner in value]
    return str(value)


def words(value: Any) -> str:
    """The value as a text: itself, or as JSON."""
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)


def mapping(value: Any) -> Any:
    """What a JSON text of an object holds; anything else as it is."""
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except ValueError:
            return value
        return found if isinstance(found, dict) else value
    return plain(value)
