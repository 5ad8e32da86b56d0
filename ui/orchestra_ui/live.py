"""The one bridge from what happens on the server to a page that is open.

A page's builder awaits `watch` last. NiceGUI cancels a builder that is still running when its content goes, by
navigation or because the browser left; so what a page listens to ends with the page.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import TypeVar

from nicegui import background_tasks

from orchestra.bus import SlowSubscriber

T = TypeVar("T")
_BATCH_SECONDS = 0.15


async def batches(source: AsyncIterator[T], pause_seconds: float = _BATCH_SECONDS) -> AsyncGenerator[list[T]]:
    """An empty batch once the source listens, then what came since the last batch, at most one per pause."""
    arrived: list[T] = []
    more = asyncio.Event()
    reader = background_tasks.create(_read(source, arrived, more), name="live", handle_exceptions=False)
    reader.add_done_callback(lambda _: more.set())
    try:
        await asyncio.sleep(0)
        yield []
        while not (reader.done() and not arrived):
            await more.wait()
            more.clear()
            taken, arrived[:] = arrived[:], []
            if taken:
                yield taken
                await asyncio.sleep(pause_seconds)
            if reader.done():
                more.set()
        await reader
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError, SlowSubscriber):
            await reader


async def watch(
    source: Callable[[], AsyncIterator[T]],
    refresh: Callable[[], Awaitable[object]],
    matters: Callable[[T], bool] = lambda _: True,
) -> None:
    """Call `refresh` once the source listens, and after each batch in which something matters; until cancelled."""
    while True:
        with suppress(SlowSubscriber):
            async with aclosing(batches(source())) as changes:
                async for batch in changes:
                    if not batch or any(matters(change) for change in batch):
                        await refresh()
            return


async def _read(source: AsyncIterator[T], arrived: list[T], more: asyncio.Event) -> None:
    async for item in source:
        arrived.append(item)
        more.set()
