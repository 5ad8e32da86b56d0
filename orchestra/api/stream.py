"""Server-sent events: an execution's events as a stream that can be taken up again where it broke off."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson
from sse_starlette import EventSourceResponse

from orchestra.api.schemas_dashboard import DashboardOut
from orchestra.api.schemas_environments import FrameworkOut
from orchestra.api.schemas_plugins import PluginWorkOut
from orchestra.bus import SlowSubscriber
from orchestra.domain.environments import EnvironmentFacts, EnvironmentState
from orchestra.domain.events import (
    AgentChanged,
    Change,
    Event,
    ExecutionChanged,
    ScheduleChanged,
    WebhookChanged,
)
from orchestra.domain.frameworks import Framework
from orchestra.domain.metrics import Dashboard
from orchestra.domain.plugins import PluginWork
from orchestra.domain.text import storable
from orchestra.errors import AdmissionEnded, Fault, Invalid

_HEARTBEAT_SECONDS = 15
_SEND_TIMEOUT_SECONDS = 30
_SHARED_BATCHES = 16


class Encoder:
    """Encodes each batch of events once, however many streams it goes to; used on the event loop only."""

    def __init__(self) -> None:
        self._latest: OrderedDict[int, tuple[Sequence[Event], bytes]] = OrderedDict()

    def encode(self, events: Sequence[Event]) -> bytes:
        """The events as one piece of a stream."""
        known = self._latest.get(id(events))  # kept beside its batch, so that no other can get its id
        if known is not None:
            return known[1]
        encoded = b"".join(map(encode, events))
        self._latest[id(events)] = (events, encoded)
        if len(self._latest) > _SHARED_BATCHES:
            self._latest.popitem(last=False)
        return encoded


def parse_position(text: str | None) -> tuple[int, int] | None:
    """The (attempt, seq) in a Last-Event-ID; None if there is none, Invalid if it is not one of ours."""
    if not text:
        return None
    attempt, dash, seq = text.partition("-")
    if not (dash and attempt.isascii() and attempt.isdigit() and seq.isascii() and seq.isdigit() and len(text) < 30):
        message = "Last-Event-ID must be an id from this stream, such as 1-42."
        raise Invalid(message, [Fault("/Last-Event-ID", message)])
    return int(attempt), int(seq)


def event_stream(encoder: Encoder, batches: AsyncGenerator[Sequence[Event]]) -> EventSourceResponse:
    """The response that sends all these events, with heartbeats in between, and closes behind the last."""
    encoded = _encoded(encoder, batches)
    return EventSourceResponse(encoded, ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS, sep="\n")


async def _encoded(encoder: Encoder, batches: AsyncGenerator[Sequence[Event]]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(batches):  # a reader that leaves is unsubscribed now, not when the garbage is collected
            async for events in batches:
                yield encoder.encode(events)
    except SlowSubscriber:
        yield b'event: dropped\ndata: {"message":"The reader was too slow. Connect again with Last-Event-ID."}\n\n'
    except AdmissionEnded as error:
        yield _closed(error)


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


def dashboard_stream(parts: AsyncGenerator[Dashboard | Change]) -> EventSourceResponse:
    """The response that sends the whole dashboard as `snapshot`, and each change under its noun."""
    return EventSourceResponse(
        _encoded_parts(parts), ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS, sep="\n"
    )


async def _encoded_parts(parts: AsyncGenerator[Dashboard | Change]) -> AsyncGenerator[bytes]:
    number = 0
    try:
        async with aclosing(parts):
            async for part in parts:
                number += 1
                yield b"id: %d\n" % number + encode_part(part)
    except SlowSubscriber:
        yield b'event: dropped\ndata: {"message":"The reader was too slow. Connect again."}\n\n'
    except AdmissionEnded as error:
        yield _closed(error)


def _closed(error: AdmissionEnded) -> bytes:
    return b"event: closed\ndata: %b\n\n" % orjson.dumps({**error.details, "message": error.message})


def framework_stream(framework: Framework, states: AsyncGenerator[EnvironmentFacts]) -> EventSourceResponse:
    """The response that sends each state of a framework that is built as `progress`, and the one it led to as `end`."""
    return EventSourceResponse(
        _encoded_states(framework, states), ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS, sep="\n"
    )


async def _encoded_states(framework: Framework, states: AsyncGenerator[EnvironmentFacts]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(states):
            async for facts in states:
                event = b"progress" if facts.state is EnvironmentState.BUILDING else b"end"
                shown = FrameworkOut.of_framework(framework, facts).model_dump_json(by_alias=True, exclude_unset=True)
                yield b"event: %b\ndata: %b\n\n" % (event, shown.encode())
    except SlowSubscriber:
        yield b'event: dropped\ndata: {"message":"The reader was too slow. Connect again."}\n\n'
    except AdmissionEnded as error:
        yield _closed(error)


def plugin_stream(said: AsyncGenerator[str | PluginWork]) -> EventSourceResponse:
    """The response that sends what is said of an install as `line`, and how it ended as `end`."""
    return EventSourceResponse(
        _encoded_lines(said), ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS, sep="\n"
    )


async def _encoded_lines(said: AsyncGenerator[str | PluginWork]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(said):
            async for one in said:
                if isinstance(one, PluginWork):
                    ended = PluginWorkOut.of_work(one).model_dump_json(by_alias=True, exclude_unset=True)
                    yield b"event: end\ndata: %b\n\n" % ended.encode()
                else:
                    yield b"event: line\ndata: %b\n\n" % orjson.dumps({"text": storable(one)})
    except SlowSubscriber:
        yield b'event: dropped\ndata: {"message":"The reader was too slow. Connect again."}\n\n'
    except AdmissionEnded as error:
        yield _closed(error)


def encode_part(part: Dashboard | Change) -> bytes:
    """One server-sent event, but for its id."""
    match part:
        case Dashboard():
            shown = DashboardOut.of_dashboard(part).model_dump_json(by_alias=True, exclude_unset=True).encode()
            return b"event: snapshot\ndata: %b\n\n" % shown
        case ExecutionChanged():
            noun, facts = b"execution", {"id": part.execution_id, "agentId": part.agent_id, "status": part.status}
        case AgentChanged():
            noun, facts = b"agent", {"id": part.agent_id, "change": part.what}
        case ScheduleChanged():
            noun, facts = b"schedule", {"id": part.schedule_id}
        case WebhookChanged():
            noun, facts = b"webhook", {"id": part.webhook_id}
    return b"event: %b\ndata: %b\n\n" % (noun, orjson.dumps(facts))
