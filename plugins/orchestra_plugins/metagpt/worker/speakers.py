"""Knows which role is at work in the present task."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

_speaker: contextvars.ContextVar[str | None] = contextvars.ContextVar("speaker", default=None)


def speaker() -> str | None:
    """The name of the role, or None outside of every role's turn."""
    return _speaker.get()


@contextlib.contextmanager
def speaking(name: str) -> Iterator[None]:
    token = _speaker.set(name)
    try:
        yield
    finally:
        _speaker.reset(token)
