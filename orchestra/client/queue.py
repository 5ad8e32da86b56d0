"""The queue of what waits to start: how it stands, and holding it."""

from typing import NotRequired, TypedDict

from orchestra.client.calls import Request
from orchestra.client.fields import path_of
from orchestra.client.groups import D, Group, operation


class QueueState(TypedDict):
    """`slots` is how many run at once, `retrying` how many wait to be tried again."""

    isPaused: bool
    pausedAt: NotRequired[str]
    pausedBy: NotRequired[str]
    slots: int
    frameworkSlots: dict[str, int]
    running: int
    waiting: int
    retrying: int


class Queue(Group[D]):
    @operation
    def get(self) -> Request[QueueState]:
        """How the queue stands."""
        return Request("GET", path_of("queue"))

    @operation
    def pause(self) -> Request[QueueState]:
        """Start nothing from now on; what runs goes on."""
        return Request("POST", path_of("queue", "pause"))

    @operation
    def resume(self) -> Request[QueueState]:
        """Start again what waits."""
        return Request("POST", path_of("queue", "resume"))
