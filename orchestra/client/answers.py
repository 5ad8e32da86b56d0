"""Reads answers: JSON, or the server's error as an exception."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestra.client.errors import ApiError, Unreachable
from orchestra.client.steps import Lost, Reply

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")


def read(outcome: Reply | Lost, accepted: frozenset[int] = frozenset()) -> Any:
    """The answer's JSON; ApiError if it is an error whose status is not accepted, Unreachable if there is none."""
    if isinstance(outcome, Lost):
        raise lost(outcome)
    if outcome.status < 400:
        return parsed(outcome.content)
    try:
        body = parsed(outcome.content)
    except Unreachable:  # a proxy's page, for example
        body = None
    if outcome.status in accepted and isinstance(body, dict) and "error" not in body:
        return body
    raise _refusal(outcome, body if isinstance(body, dict) else {})


def read_tag(outcome: Reply | Lost, accepted: frozenset[int] = frozenset()) -> str:
    """The answer's ETag; errors as `read`."""
    read(outcome, accepted)
    tag = outcome.headers.get("etag") if isinstance(outcome, Reply) else None
    if not tag:
        raise Unreachable("The server's answer holds no ETag. Is it AgentOrchestra's address?", was_sent=True)
    return tag


class Piece(NamedTuple):
    """Bytes of a file from `at` on, of `total` in all; `tag` names the file as it was."""

    at: int
    total: int
    content: bytes
    tag: str


def read_piece(outcome: Reply | Lost, accepted: frozenset[int] = frozenset()) -> Piece:
    """The bytes in the answer; errors as `read`."""
    if isinstance(outcome, Lost) or outcome.status >= 400:
        read(outcome, accepted)
    assert isinstance(outcome, Reply)
    place = _CONTENT_RANGE.fullmatch(outcome.headers.get("content-range", ""))
    at, total = (int(place[1]), int(place[2])) if place else (0, len(outcome.content))
    return Piece(at, total, outcome.content, outcome.headers.get("etag", ""))


def parsed(content: bytes | str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreachable("The server's answer cannot be read. Is it AgentOrchestra's address?", True) from error


def lost(outcome: Lost) -> Unreachable:
    if not outcome.was_sent:
        return Unreachable(f"The server does not answer ({outcome.reason}). Try again.")
    message = f"The connection broke before the answer came ({outcome.reason}). What was asked for may have been done."
    return Unreachable(message, was_sent=True)


def _refusal(reply: Reply, body: Mapping[str, Any]) -> ApiError:
    code, message, details = body.get("error"), body.get("message"), body.get("details")
    return ApiError(
        reply.status,
        code if isinstance(code, str) else "unknown",
        message if isinstance(message, str) else f"The server answered {reply.status}.",
        details if isinstance(details, dict) else None,
        _seconds(reply.headers.get("retry-after")),
    )


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None
