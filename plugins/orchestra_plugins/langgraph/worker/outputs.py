"""Makes a run's output of a graph's last state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .plain import is_message, plain, text_of

_ANSWERS = ("answer", "output", "result", "report", "response", "final_answer")
_MOST_CHARACTERS = 1_000_000  # of the state as JSON; what is more stays in the run's events


def output_of(last: Any) -> dict[str, Any]:
    """`answer`, a text, and `state`: all else that the graph ended with."""
    if not isinstance(last, Mapping):
        return {"answer": _words(last)}
    rest = {str(key): plain(value) for key, value in last.items() if not _is_hidden(key)}
    output: dict[str, Any] = {"answer": _answer(last, rest)}
    if rest and len(json.dumps(rest)) <= _MOST_CHARACTERS:
        output["state"] = rest
    return output


def _is_hidden(key: str) -> bool:
    """Messages are in the run's events; the counts are how `create_agent` keeps its limits."""
    return key == "messages" or key.endswith(("_model_call_count", "_tool_call_count"))


def _answer(last: Mapping[str, Any], rest: Mapping[str, Any]) -> str:
    messages = last.get("messages")
    if isinstance(messages, list) and messages and is_message(messages[-1]):
        return text_of(messages[-1]) or _words(rest.get("structured_response", ""))
    for name in _ANSWERS:
        if isinstance(last.get(name), str):
            return last[name]
    texts = [value for value in last.values() if isinstance(value, str)]
    return texts[-1] if len(texts) == 1 else _words(rest)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
