"""Lets short work be done where nothing may wait: what would have to wait says so, and is done in a thread instead.

A hop to a thread and back costs more than most transactions: two switches, and the interpreter's lock each way.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class WouldWait(Exception):
    """What was asked for takes longer than whoever is in haste can wait; nothing of it was done."""


class _State(threading.local):
    is_hasty = False


# Of the thread and not of the context, which tasks and threads would inherit that are in no haste.
_state = _State()


def is_hasty() -> bool:
    """Whether this thread may not wait now."""
    return _state.is_hasty


def refuse_haste() -> None:
    """WouldWait, if this thread may not wait now; to be called before what may take long."""
    if _state.is_hasty:
        raise WouldWait


@contextmanager
def in_haste() -> Iterator[None]:
    """Inside, this thread does not wait for storage: WouldWait is raised instead."""
    before, _state.is_hasty = _state.is_hasty, True
    try:
        yield
    finally:
        _state.is_hasty = before


async def promptly(work: Callable[[], T]) -> T:
    """Do short work here and now if nothing has to be waited for, else once more from its beginning in a thread."""
    try:
        with in_haste():
            return work()
    except WouldWait:
        return await asyncio.to_thread(work)
