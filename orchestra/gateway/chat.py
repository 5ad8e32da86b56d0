"""Reads the messages of a chat: what scripts look at is checked here, what is unknown passes."""

from collections.abc import Mapping
from typing import Any, cast

from orchestra.gateway.errors import bad_request


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


def checked_messages(given: object) -> list[dict[str, Any]]:
    """The messages of a request; a CallError that names the fault if they are none."""
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
