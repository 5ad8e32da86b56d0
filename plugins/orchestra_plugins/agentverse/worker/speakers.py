"""Knows which agent is asking its model in the present task."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

_speaker: contextvars.ContextVar[str | None] = contextvars.ContextVar("speaker", default=None)


def speaker() -> str | None:
    """The name of the agent, or None outside of every agent's turn."""
    return _speaker.get()


@contextlib.contextmanager
def speaking(name: str) -> Iterator[None]:
    token = _speaker.set(name)
    try:
        yield
    finally:
        _speaker.reset(token)
