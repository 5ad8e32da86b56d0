"""Puts a model's reply together from its pieces."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from openai.types.chat import ChatCompletion

_JOINED = ("content", "refusal", "reasoning_content")


class Reply:
    """`add` each piece, then take the `whole`."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {"id": "", "created": 0, "model": "", "usage": None}
        self._choices: dict[int, dict[str, Any]] = {}

    def add(self, piece: Any) -> str:
        """Take one piece; the text that it adds to the first choice."""
        for name in self._head:
            if (value := getattr(piece, name, None)) is not None:
                self._head[name] = value
        text = ""
        for choice in piece.choices:
            self._add_to(self._choices.setdefault(choice.index, _empty()), choice)
            text += (choice.delta.content or "") if choice.delta is not None and choice.index == 0 else ""
        return text

    def whole(self) -> ChatCompletion:
        """The reply as the model would have given it at once."""
        choices = [
            {
                "index": index,
                "finish_reason": choice["finish_reason"] or "stop",
                "logprobs": None,
                "message": {"role": "assistant", **choice["texts"], "tool_calls": _calls(choice["calls"])},
            }
            for index, choice in sorted(self._choices.items())
        ]
        usage = self._head["usage"]
        head = {**self._head, "usage": usage.model_dump() if usage is not None else None}
        return ChatCompletion.construct(**head, object="chat.completion", choices=choices)

    def _add_to(self, choice: dict[str, Any], piece: Any) -> None:
        choice["finish_reason"] = piece.finish_reason or choice["finish_reason"]
        if piece.delta is None:
            return
        for name in _JOINED:
            if value := getattr(piece.delta, name, None):
                choice["texts"][name] = (choice["texts"].get(name) or "") + value
        for call in piece.delta.tool_calls or ():
            _add_call(choice["calls"].setdefault(call.index, {"name": "", "arguments": ""}), call)


def _empty() -> dict[str, Any]:
    return {"texts": {"content": None}, "calls": {}, "finish_reason": None}


def _add_call(known: dict[str, Any], piece: Any) -> None:
    if piece.id:
        known["id"] = piece.id
    if piece.function is not None:
        known["name"] = piece.function.name or known["name"]
        known["arguments"] += piece.function.arguments or ""
    known.update(piece.model_extra or {})  # what some providers want back with the call


def _calls(calls: dict[int, dict[str, Any]]) -> list[dict[str, Any]] | None:
    whole: list[dict[str, Any]] = []
    for index, call in sorted(calls.items()):
        rest = {name: value for name, value in call.items() if name not in ("name", "arguments")}
        function = {"name": call["name"], "arguments": call["arguments"] or "{}"}
        whole.append({"id": f"call_{index}", "type": "function", "function": function, **rest})
    return whole or None
