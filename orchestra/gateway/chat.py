"""Reads a chat completion's request: what is asked is checked here, what is unknown passes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from orchestra.domain.text import unstorable
from orchestra.gateway.errors import bad_request


@dataclass(frozen=True, slots=True)
class ChatRequest:
    model: str
    messages: Sequence[Mapping[str, Any]]
    stream: bool
    include_usage: bool


def parse_request(body: bytes) -> ChatRequest:
    """What a body asks for; a CallError that names the fault if it cannot be understood."""
    asked = _json_object(body)
    model = asked.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request("'model' must be a text: the name of a model.", "model")
    if asked.get("n") not in (None, 1):
        raise bad_request("A call gives one choice here. Leave out 'n', or send 1.", "n")
    stream = _flag(asked, "stream")
    options = asked.get("stream_options") or {}
    if not isinstance(options, dict):
        raise bad_request("'stream_options' must be an object.", "stream_options")
    include_usage = stream and _flag(cast(dict[str, Any], options), "include_usage")
    return ChatRequest(model, _messages(asked.get("messages")), stream, include_usage)


def text_of(message: object) -> str:
    """The text of a message, whose content may be a text, a list of parts, or nothing."""
    content = cast(Mapping[str, Any], message).get("content") if isinstance(message, Mapping) else None
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(map(_text_of_part, cast(list[object], content)))


def _text_of_part(part: object) -> str:
    text = cast(Mapping[str, Any], part).get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else ""


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        asked: object = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The body is no JSON that can be read: {error}.") from error
    if not isinstance(asked, dict):
        raise bad_request("The body must be a JSON object.")
    for fault in unstorable(cast(dict[str, Any], asked)):
        raise bad_request(f"{fault.message} See {fault.pointer[:200]}.", fault.pointer[1:200].split("/")[0] or None)
    return cast(dict[str, Any], asked)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _flag(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_request(f"'{name}' must be true or false.", name)
    return bool(value)


def _messages(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise bad_request("'messages' must be a list of at least one message.", "messages")
    for index, message in enumerate(cast(list[object], given)):
        _check_message(message, f"messages[{index}]")
    return cast(list[dict[str, Any]], given)


def _check_message(message: object, place: str) -> None:
    if not isinstance(message, dict):
        raise bad_request(f"'{place}' must be an object.", place)
    fields = cast(dict[str, Any], message)
    if not isinstance(fields.get("role"), str):
        raise bad_request(f"'{place}.role' must be a text, such as user.", f"{place}.role")
    content = fields.get("content")
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in cast(list[object], content)):
        raise bad_request(f"'{place}.content' must be a text, a list of parts, or null.", f"{place}.content")
