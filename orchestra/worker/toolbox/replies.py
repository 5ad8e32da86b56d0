"""Puts a reply together from the pieces that a model streams: its text, and the tools that it calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_MOST_TOOL_CALLS = 1000


class Reply:
    """`length` is how many characters have come, of the text and of the tools' arguments."""

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}

    def add(self, chunk: Mapping[str, Any]) -> tuple[str, bool]:
        """The text that a chunk brings, and whether the reply ends with it."""
        choices: Any = chunk.get("choices")
        choice = _fields(cast("list[Any]", choices)[0] if isinstance(choices, list) and choices else None)
        delta = _fields(choice.get("delta"))
        text = _text(delta.get("content"))
        self._pieces.append(text)
        self.length += len(text)
        calls: Any = delta.get("tool_calls")
        for call in cast("list[Any]", calls) if isinstance(calls, list) else ():
            self._add_call(_fields(call))
        return text, bool(choice.get("finish_reason"))

    def _add_call(self, call: Mapping[str, Any]) -> None:
        index: Any = call.get("index", 0)
        if not isinstance(index, int) or (index not in self._calls and len(self._calls) >= _MOST_TOOL_CALLS):
            return
        whole = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = _fields(call.get("function"))
        whole["id"] = whole["id"] or _text(call.get("id"))
        whole["name"] = whole["name"] or _text(function.get("name"))
        arguments = _text(function.get("arguments"))
        whole["arguments"] += arguments
        self.length += len(arguments)

    @property
    def message(self) -> dict[str, Any]:
        """As chat/completions has a message of the assistant; `tool_calls` only if there are some."""
        said = {"role": "assistant", "content": "".join(self._pieces)}
        calls = [_call(number, whole) for number, whole in sorted(self._calls.items()) if whole["name"]]
        return {**said, "tool_calls": calls} if calls else said


def _call(number: int, whole: Mapping[str, str]) -> dict[str, Any]:
    function = {"name": whole["name"], "arguments": whole["arguments"] or "{}"}
    return {"id": whole["id"] or f"call_{number}", "type": "function", "function": function}


def _fields(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
