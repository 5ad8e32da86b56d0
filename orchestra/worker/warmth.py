"""Does ahead, in a process that runs are forked from, what each of them would do first."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any, Callable

# Of its versions 1 to 3; those that are not there are passed over.
_MODULES = (
    "anyio._backends._asyncio",
    "anyio.streams.tls",
    "httpcore",
    "httpcore2",
    "h11",
    "jiter",
    "truststore",
    "openai.resources.chat.completions",
    "openai.lib._chat_completion_resources",
    "openai.lib.streaming.chat",
)


_CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
_DELTA = {"role": "assistant", "content": "x", "tool_calls": [_CALL]}
_PIECE = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 0,
    "model": "m",
    "choices": [{"index": 0, "delta": _DELTA, "finish_reason": None}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def rehearse(framework: Callable[[], None]) -> None:
    """Have a worker half run once, as it offers to; a run that needs what fails here fails there, and says so."""
    with contextlib.suppress(Exception):
        framework()


def import_ahead() -> None:
    """Import what OpenAI's client would import with its first call, and have the classes for a reply's pieces finished.

    Only if the framework brings the client.
    """
    if "openai" not in sys.modules:
        return
    for name in _MODULES:
        with contextlib.suppress(Exception):  # it is imported again where it is needed, and fails there
            importlib.import_module(name)
    with contextlib.suppress(Exception):
        types: Any = importlib.import_module("openai.types.chat")
        types.ChatCompletionChunk.construct(**_PIECE)
