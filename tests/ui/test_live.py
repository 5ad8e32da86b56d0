"""The bridge from what happens to an open page."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from screens import Visit

from orchestra.bus import Bus, SlowSubscriber
from orchestra_ui.live import batches, watch

pytestmark = pytest.mark.anyio


async def test_what_comes_at_once_is_one_batch(visit: Visit) -> None:
    async def source() -> AsyncIterator[int]:
        for i in range(1000):
            yield i

    assert [batch async for batch in batches(source(), 0.01)] == [[], list(range(1000))]


async def test_what_happens_after_the_first_batch_is_not_missed(visit: Visit) -> None:
    bus = Bus()
    bus.bind()

    async def source() -> AsyncIterator[str]:
        with bus.subscribe("topic") as items:
            async for item in items:
                yield item

    following = batches(source(), 0.01)
    assert await anext(following) == []
    bus.publish("topic", "news")
    assert await anext(following) == ["news"]
    await following.aclose()


async def test_a_failing_source_tells_its_reader(visit: Visit) -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        raise LookupError("gone")

    with pytest.raises(LookupError):
        [batch async for batch in batches(source(), 0.01)]


async def test_a_reader_that_fell_behind_reads_anew(visit: Visit) -> None:
    tries: list[str] = []

    async def source() -> AsyncIterator[int]:
        tries.append("source")
        if len(tries) < 3:
            raise SlowSubscriber
        yield 1

    async def refresh() -> None:
        tries.append("refresh")

    await asyncio.wait_for(watch(source, refresh), 5)
    assert tries[-3:] == ["source", "refresh", "refresh"]


async def test_changes_of_others_cost_nothing(visit: Visit) -> None:
    refreshed: list[None] = []

    async def source() -> AsyncIterator[int]:
        yield 1

    async def refresh() -> None:
        refreshed.append(None)

    await watch(source, refresh, lambda change: change == 2)
    assert len(refreshed) == 1
