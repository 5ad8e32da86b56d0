"""Publish and subscribe inside the process, between any thread and the server's event loop."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any


class SlowSubscriber(Exception):
    """A subscriber did not keep up, and was let go; what it missed can be read from where it is stored."""


class Subscription:
    """What is published under one topic from now on, in order; iterate over it, inside `with`."""

    def __init__(self, bus: "Bus", topic: str, limit: int) -> None:
        self._bus = bus
        self._topic = topic
        self._limit = limit
        self._queue: asyncio.Queue[tuple[Any, int]] = asyncio.Queue()
        self._unread = 0
        self._overflowed = False
        self._failure: Exception | None = None

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bus.drop(self._topic, self)

    def put(self, item: Any, weight: int) -> None:
        # One item is always taken, however heavy: a reader who keeps up must never be let go.
        if self._unread and self._unread + weight > self._limit:
            self._overflowed = True
            self._bus.drop(self._topic, self)
            return
        self._unread += weight
        self._queue.put_nowait((item, weight))

    def fail(self, error: Exception) -> None:
        """Let the reader have this error now, instead of all that it has not read; on the event loop."""
        self._bus.drop(self._topic, self)
        self._failure = error
        self._queue.put_nowait((None, 0))

    def check(self) -> None:
        """Raise what the subscription was failed with, if it was."""
        if self._failure is not None:
            raise self._failure

    async def get(self) -> Any:
        """The next item; SlowSubscriber once items had to be thrown away."""
        self.check()
        if self._overflowed and self._queue.empty():
            raise SlowSubscriber
        item, weight = await self._queue.get()
        self.check()
        self._unread -= weight
        return item

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            yield await self.get()


class Bus:
    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: int | None = None

    def bind(self) -> None:
        """Make the running event loop the one on which subscribers are served."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def subscribe(self, topic: str, limit: int = 10_000) -> Subscription:
        """Listen to a topic, from the event loop; who leaves more than `limit` unread, by weight, is let go."""
        subscription = Subscription(self, topic, limit)
        self._subscriptions[topic].add(subscription)
        return subscription

    def is_heard(self, topic: str) -> bool:
        """Whether anybody listens to the topic now."""
        return topic in self._subscriptions

    def drop(self, topic: str, subscription: Subscription) -> None:
        subscriptions = self._subscriptions.get(topic)
        if subscriptions is not None:
            subscriptions.discard(subscription)
            if not subscriptions:
                self._subscriptions.pop(topic, None)

    def publish(self, topic: str, item: Any, weight: int = 1) -> None:
        """Hand the item to whoever listens now; callable from any thread, never blocks."""
        if self._loop is None or self._loop.is_closed():
            return
        if threading.get_ident() == self._thread:
            self._deliver(topic, item, weight)
        else:
            self._loop.call_soon_threadsafe(self._deliver, topic, item, weight)

    def _deliver(self, topic: str, item: Any, weight: int) -> None:
        for subscription in tuple(self._subscriptions.get(topic, ())):
            subscription.put(item, weight)


CHANGES = "changes"
DELETIONS = "deletions"  # tells that there is something to delete, not what
ADMISSIONS = "admissions"  # tells that some have ended, not which
PROVIDERS = "providers"  # tells that providers of models or aliases changed, not which
PLUGIN_LINES = "plugin lines"  # carries each line that is said of that work, with its number, and None at the end
PLUGINS = "plugins"  # tells that plugins, or the work on them, changed
ENVIRONMENTS = "environments"  # carries each change of a framework's environment, and how its build goes on


def end_topic(execution_id: str) -> str:
    """The topic that tells once that an execution has ended, and is in the database as such."""
    return f"end:{execution_id}"


def execution_topic(execution_id: str) -> str:
    """The topic that carries one execution's events, a sequence of them at a time; its weight is in bytes."""
    return f"execution:{execution_id}"
