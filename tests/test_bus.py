"""Publish and subscribe."""

import asyncio
import threading

import pytest

from orchestra.bus import Bus, SlowSubscriber


def test_subscribers_get_what_is_published_meanwhile_in_order() -> None:
    async def story() -> list[int]:
        bus = Bus()
        bus.bind()
        bus.publish("t", 0)
        with bus.subscribe("t") as subscription:
            threading.Thread(target=lambda: [bus.publish("t", i) for i in (1, 2)]).start()
            return [await subscription.get(), await subscription.get()]

    assert asyncio.run(story()) == [1, 2]


def test_topics_are_apart_and_forgotten_with_their_last_subscriber() -> None:
    async def story() -> None:
        bus = Bus()
        bus.bind()
        with bus.subscribe("a") as a, bus.subscribe("b"):
            bus.publish("b", "b")
            bus.publish("a", "a")
            assert await a.get() == "a"
        assert bus._subscriptions == {}

    asyncio.run(story())


def test_a_slow_subscriber_is_let_go_after_what_it_has() -> None:
    async def story() -> list[int]:
        bus = Bus()
        bus.bind()
        got: list[int] = []
        with bus.subscribe("t", limit=2) as slow:
            for i in range(5):
                bus.publish("t", i)
            with pytest.raises(SlowSubscriber):
                async for item in slow:
                    got.append(item)
        return got

    assert asyncio.run(story()) == [0, 1]


def test_what_is_unread_counts_by_weight_and_one_item_is_always_taken() -> None:
    async def story() -> list[str]:
        bus = Bus()
        bus.bind()
        got: list[str] = []
        with bus.subscribe("t", limit=10) as slow:
            bus.publish("t", "larger than the limit", weight=100)
            got.append(await slow.get())
            bus.publish("t", "six", weight=6)
            bus.publish("t", "six more", weight=6)
            with pytest.raises(SlowSubscriber):
                async for item in slow:
                    got.append(item)
        return got

    assert asyncio.run(story()) == ["larger than the limit", "six"]
