"""Server-sent events: an execution's events as a stream that can be taken up again where it broke off."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson
from sse_starlette import EventSourceResponse

from orchestra.bus import SlowSubscriber
from orchestra.domain.events import Event
from orchestra.errors import Fault, Invalid

_HEARTBEAT_SECONDS = 15
_SEND_TIMEOUT_SECONDS = 30


def parse_position(text: str | None) -> tuple[int, int] | None:
    """The (attempt, seq) in a Last-Event-ID; None if there is none, Invalid if it is not one of ours."""
    if not text:
        return None
    attempt, dash, seq = text.partition("-")
    if not (dash and attempt.isascii() and attempt.isdigit() and seq.isascii() and seq.isdigit() and len(text) < 30):
        message = "Last-Event-ID must be an id from this stream, such as 1-42."
        raise Invalid(message, [Fault("/Last-Event-ID", message)])
    return int(attempt), int(seq)


def event_stream(batches: AsyncGenerator[Sequence[Event]]) -> EventSourceResponse:
    """The response that sends all these events, with heartbeats in between, and closes behind the last."""
    return EventSourceResponse(_encoded(batches), ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS, sep="\n")


async def _encoded(batches: AsyncGenerator[Sequence[Event]]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(batches):  # a reader that leaves is unsubscribed now, not when the garbage is collected
            async for events in batches:
                yield b"".join(map(encode, events))
    except SlowSubscriber:
        yield b'event: dropped\ndata: {"message":"The reader was too slow. Connect again with Last-Event-ID."}\n\n'


def encode(event: Event) -> bytes:
    """One server-sent event: its position as id, its kind as event, the rest as JSON."""
    data: dict[str, Any] = {"timestamp": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")}
    if event.level is not None:
        data["level"] = event.level.value
    if event.message is not None:
        data["message"] = event.message
    if event.step is not None:
        data["step"] = event.step
    if event.data:
        data["data"] = event.data
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event.position.encode(),
        event.kind.value.encode(),
        orjson.dumps(data, default=str),
    )
