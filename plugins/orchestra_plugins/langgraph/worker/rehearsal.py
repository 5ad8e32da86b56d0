"""Runs an agent of nothing once, in a process that runs are forked from: what a first run makes is there then.

Its models answer from here, so nothing is connected to; what it tells goes nowhere.
"""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from openai import DefaultAsyncHttpxClient

_HTTP: Any = importlib.import_module(DefaultAsyncHttpxClient.__mro__[1].__module__)  # whichever OpenAI's client uses

URL = "http://rehearsal.invalid/v1"
_CONFIGURATION = {"model": "m", "task": "t", "system_prompt": "s", "tools": ["calculator"]}
_CALL = {
    "index": 0,
    "id": "c",
    "type": "function",
    "function": {"name": "calculator", "arguments": '{"expression":"1"}'},
}


def rehearse(run: Callable[[Any, Any], Any]) -> None:
    """Have the agent call its tool once, and then answer."""
    request = SimpleNamespace(configuration=_CONFIGURATION, input={})
    asyncio.run(run(request, _Nobody()))


def transport_for(url: str) -> Any:
    """What answers in place of a gateway, if the address is the rehearsal's; else None."""
    return _HTTP.MockTransport(_answer) if url == URL else None


def _answer(request: Any) -> Any:
    is_second = any(one["role"] == "tool" for one in json.loads(request.content)["messages"])
    said = {"content": "x"} if is_second else {"tool_calls": [_CALL]}
    pieces = [
        _piece({"role": "assistant", **said}, None),
        _piece({}, "stop" if is_second else "tool_calls"),
        {**_frame(), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
    ]
    lines = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces) + "data: [DONE]\n\n"
    return _HTTP.Response(200, headers={"Content-Type": "text/event-stream"}, content=lines.encode())


def _piece(delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {**_frame(), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _frame() -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}


def _calculator(expression: str) -> str:
    """Work out an arithmetic expression."""
    return expression


class _Nobody:
    """A context that tells nobody anything."""

    agent_folder = folder = "."
    gateway_url, gateway_key = URL, "-"
    cancelled = False

    def tools(self, *_: Any) -> list[Callable[..., Any]]:
        _calculator.__name__ = "calculator"
        return [_calculator]

    def begin(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(id="s", result=_nothing, end=_nothing)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*_: Any, **__: Any) -> None:
    pass
