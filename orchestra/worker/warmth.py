"""Imports ahead what OpenAI's client would import with its first call, so that a run that is forked has it already."""

from __future__ import annotations

import contextlib
import importlib
import sys

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


def import_ahead() -> None:
    """Import them, if the framework that was loaded brings the client."""
    if "openai" not in sys.modules:
        return
    for name in _MODULES:
        with contextlib.suppress(Exception):  # it is imported again where it is needed, and fails there
            importlib.import_module(name)
