"""The words that worker and server share: file names, the job, the lines of a journal.

A job is one JSON object on the worker's standard input, then end of file. The worker appends events to its journal,
one JSON object a line, and rings the server's bell (a datagram with the execution's number) after each. The line's
place in the file is its sequence number, so the worker neither counts nor can lie about it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

JOURNAL = "events.jsonl"
STDOUT = "stdout.log"
STDERR = "stderr.log"
ANSWERS = "answers"  # the folder beside the journal, one file for each question that was answered
MARKER = "ORCHESTRA_EXECUTION"  # in the environment of a worker and of all that it starts
MAX_TEXT = 4_000_000  # characters of one message; what is longer is cut, and says so
MAX_LINE = 200_000  # characters of one captured line of output
MAX_QUESTION = 10_000  # characters
MAX_CHOICES = 100
MAX_CHOICE = 1_000  # characters
MAX_SCHEMA = 20_000  # characters of an answer's JSON Schema
CANCELLED_EXIT = 3
_MAX_DEPTH = 20  # of values that JSON refused; a cycle ends here


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning with a note of how much was cut."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit:,} more characters cut)"


def encode(
    kind: str,
    at: float,
    level: str | None = None,
    message: str | None = None,
    step: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> bytes:
    """One line of a journal, pure ASCII, line end included. Values that JSON cannot hold become text."""
    line: dict[str, Any] = {"at": at, "kind": kind}
    if level is not None:
        line["level"] = level
    if message is not None:
        line["message"] = shortened(message, MAX_TEXT)
    if step is not None:
        line["step"] = step
    if data:
        line["data"] = data
    try:
        text = json.dumps(line, default=repr, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        line["data"] = _plain(data, 0)
        text = json.dumps(line)
    return text.encode("ascii") + b"\n"


def _plain(value: Any, depth: int) -> Any:
    """The value with each part that JSON cannot hold (NaN, a cycle, a key that is no text) as text instead."""
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            return {str(key): _plain(inner, depth + 1) for key, inner in cast("Mapping[Any, Any]", value).items()}
        if isinstance(value, (list, tuple)):
            return [_plain(inner, depth + 1) for inner in cast("Sequence[Any]", value)]
    return shortened(repr(value), 1000)
