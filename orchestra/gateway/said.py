"""Reads from the body of an answer what the model said: its text, and the tools that it called."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.text import storable, unstorable
from orchestra.gateway.scripts import ToolCall
from orchestra.gateway.wire.reading import Object, object_in, objects_in, read_json
from orchestra.gateway.wire.sse import Events, data_of


@dataclass(slots=True)
class _Call:
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the first choice of an answer holds; nothing that cannot be understood."""

    text: str
    tool_calls: tuple[ToolCall, ...]


@dataclass(slots=True)
class _Hearing:
    """What was said so far."""

    texts: list[str] = field(default_factory=list[str])
    calls: dict[object, _Call] = field(default_factory=dict[object, _Call])

    def say(self, text: object) -> None:
        if isinstance(text, str):
            self.texts.append(text)

    def call(self, key: object, name: object = None, arguments: object = None) -> None:
        one = self.calls.setdefault(key, _Call())
        one.name += name if isinstance(name, str) else ""
        one.arguments += arguments if isinstance(arguments, str) else ""


def said_in(format: WireFormat, reply: bytes, streamed: bool) -> Said:
    """What an answer in this format says, be it whole or a stream's events; what was cut off at its end is missing."""
    hearing = _Hearing()
    objects = _events_in(reply) if streamed else filter(None, [read_json(reply)])
    for one in objects:
        _hear(format, one, hearing)
    calls = [
        ToolCall(storable(call.name), _arguments_of(call.arguments)) for call in hearing.calls.values() if call.name
    ]
    return Said(storable("".join(hearing.texts)), tuple(calls))


def _events_in(reply: bytes) -> Iterator[Object]:
    events = Events(len(reply) + 1)
    for event in [*events.feed(reply), events.rest()]:
        if (data := read_json(data_of(event))) is not None:
            yield data


def _hear(format: WireFormat, data: Object, hearing: _Hearing) -> None:
    match format:
        case WireFormat.CHAT:
            _hear_chat(data, hearing)
        case WireFormat.COMPLETIONS:
            for choice in _first_choice(data):
                hearing.say(choice.get("text"))
        case WireFormat.RESPONSES:
            _hear_responses(data, hearing)
        case WireFormat.MESSAGES:
            _hear_messages(data, hearing)
        case WireFormat.EMBEDDINGS:
            pass


def _first_choice(data: Object) -> Iterator[Object]:
    return (choice for choice in objects_in(data, "choices") if choice.get("index", 0) == 0)


def _hear_chat(data: Object, hearing: _Hearing) -> None:
    for choice in _first_choice(data):
        message = object_in(choice, "message") or object_in(choice, "delta")
        hearing.say(message.get("content"))
        for position, call in enumerate(objects_in(message, "tool_calls")):
            function = object_in(call, "function")
            hearing.call(call.get("index", position), function.get("name"), function.get("arguments"))
        if old := object_in(message, "function_call"):
            hearing.call("function", old.get("name"), old.get("arguments"))


def _hear_responses(data: Object, hearing: _Hearing) -> None:
    """A stream tells all of it once more at its end, and so does each of its items."""
    response = object_in(data, "response")
    if data.get("type") in {"response.completed", "response.incomplete"}:
        data = response
    for index, item in enumerate(objects_in(data, "output")):
        if item.get("type") == "function_call":
            hearing.call(index, item.get("name"), item.get("arguments"))
        for part in objects_in(item, "content"):
            hearing.say(part.get("text"))


def _hear_messages(data: Object, hearing: _Hearing) -> None:
    for index, block in enumerate(objects_in(data, "content")):
        _hear_block(index, block, hearing)
    match data.get("type"):
        case "content_block_start":
            _hear_block(data.get("index"), object_in(data, "content_block"), hearing)
        case "content_block_delta":
            delta = object_in(data, "delta")
            hearing.say(delta.get("text"))
            if "partial_json" in delta:
                hearing.call(data.get("index"), None, delta.get("partial_json"))
        case _:
            pass


def _hear_block(index: object, block: Object, hearing: _Hearing) -> None:
    hearing.say(block.get("text"))
    if block.get("type") == "tool_use":
        given = block.get("input")
        hearing.call(index, block.get("name"), json.dumps(given) if given else None)


def _arguments_of(text: str) -> Object:
    found = read_json(text.encode("utf-8", "replace"))
    if found is None or any(unstorable(found)):
        return {}
    return cast(Object, found)
