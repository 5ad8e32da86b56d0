"""What has been read of one answer; it comes from a provider, so nothing in it is certain."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from orchestra.domain.model_calls import Tokens
from orchestra.domain.text import storable

_MOST_TOKENS = 2**40
_NAME_CHARACTERS = 200
_MOST_TOOL_CALLS = 1000
_ERROR_CHARACTERS = 2000

Object = Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """Grows with each event of a stream; a whole answer fills it at once."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    cache_written: int | None = None
    reasoning: int | None = None
    finish_reason: str | None = None
    characters: int = 0
    """Of what the model said, arguments of tools included."""
    has_begun: bool = False
    """Something was said."""
    is_done: bool = False
    """The event that comes last was there."""
    error: str | None = None
    """The provider's own, in the middle of a stream."""
    tools: dict[object, str] = field(default_factory=dict[object, str])

    @property
    def is_complete(self) -> bool:
        """True once nothing that counts can follow. Not every provider sends the last event."""
        return self.error is None and (self.is_done or self.finish_reason is not None)

    @property
    def tool_calls(self) -> tuple[str, ...]:
        return tuple(self.tools.values())

    def said(self, text: object) -> None:
        if isinstance(text, str) and text:
            self.characters += len(text)
            self.has_begun = True

    def called(self, key: object, name: object) -> None:
        """A tool was called; `key` tells the call from others of the same answer."""
        if isinstance(name, str) and name and len(self.tools) < _MOST_TOOL_CALLS:
            self.tools.setdefault(key, storable(name[:_NAME_CHARACTERS]))
            self.has_begun = True

    def finished(self, reason: object) -> None:
        if isinstance(reason, str) and reason:
            self.finish_reason = storable(reason[:_NAME_CHARACTERS])

    def tokens(self, input_characters: int) -> Tokens:
        """What the provider said, and where it said nothing what we count: a quarter of the characters."""
        known = Tokens(self.input, self.output, self.cached, self.cache_written, self.reasoning)
        if self.input is not None and self.output is not None and self.is_complete:
            return known
        counted = estimated_tokens(self.characters)
        return Tokens(
            self.input if self.input is not None else estimated_tokens(input_characters),
            max(self.output or 0, counted),  # what a cut stream said so far is of its beginning
            self.cached,
            self.cache_written,
            self.reasoning,
            estimated=True,
        )


def estimated_tokens(characters: int) -> int:
    """A quarter of the characters, rounded up: about right for English, and the same every time."""
    return math.ceil(characters / 4)


def characters_of(asked: object) -> int:
    """The characters of all text in a request; a token that comes as a number counts as four. Images do not count."""
    waiting, count = [asked], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            count += 0 if value.startswith("data:") else len(value)
        elif isinstance(value, list):
            items = cast(list[object], value)
            count += 4 * sum(type(item) is int for item in items)
            waiting.extend(items)
        elif isinstance(value, Mapping):
            fields = cast(Object, value)
            if fields.get("type") != "base64":
                waiting.extend(inner for name, inner in fields.items() if name not in _NO_PROMPT)
    return count


_NO_PROMPT = frozenset({"model", "role", "type", "id", "call_id", "tool_call_id", "tool_use_id", "user", "metadata"})


def number_in(values: object, *path: str) -> int | None:
    """The count at that place of an object; None if there is none that can be believed."""
    value: object = values
    for name in path:
        value = cast(Object, value).get(name) if isinstance(value, Mapping) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def object_in(values: object, name: str) -> Object:
    """The object of that name; empty if there is none."""
    value = cast(Object, values).get(name) if isinstance(values, Mapping) else None
    return cast(Object, value) if isinstance(value, Mapping) else {}


def kind_of(values: Object) -> str:
    """The type of an event or a part; empty if it has none."""
    kind = values.get("type")
    return kind if isinstance(kind, str) else ""


def objects_in(values: object, name: str) -> Iterator[Object]:
    """The objects in the list of that name."""
    value = cast(Object, values).get(name) if isinstance(values, Mapping) else None
    for item in cast(list[object], value) if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            yield cast(Object, item)


def read_json(body: bytes) -> Object | None:
    """The object that these bytes are in JSON; None if they are none."""
    if not body:
        return None
    try:
        read: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        read = _read_slowly(body)
    return cast(Object, read) if isinstance(read, dict) else None


def _read_slowly(body: bytes) -> object:
    """What orjson is too strict for, such as a lone surrogate."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def error_in(body: object) -> tuple[str | None, str | None]:
    """The sentence and the code of an error as providers word it; None where they say nothing."""
    error: object = cast(Object, body).get("error") if isinstance(body, Mapping) else None
    if isinstance(error, str):
        return storable(error[:_ERROR_CHARACTERS]), None
    fields: Object = cast(Object, error) if isinstance(error, Mapping) else cast(Object, body)
    if not isinstance(fields, Mapping):
        return None, None
    message, code = fields.get("message") or fields.get("detail"), fields.get("code") or fields.get("type")
    return (
        storable(message[:_ERROR_CHARACTERS]) if isinstance(message, str) and message else None,
        storable(code[:_NAME_CHARACTERS]) if isinstance(code, str) else None,
    )
