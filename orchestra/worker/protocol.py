"""The words that worker and server share: file names, the job, the lines of a journal.

A job is one JSON object, a line on the worker's standard input. Before it begins, the worker takes the job's ticket, a
file in the journal's folder, by renaming it. It appends events to its journal, one JSON object a line, and rings the
server's bell (a datagram with the execution's number) after each. The line's place in the file is its sequence number,
so the worker neither counts nor can lie about it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any, Callable, cast

JOURNAL = "events.jsonl"
STDOUT = "stdout.log"
STDERR = "stderr.log"
WORKER = "worker"  # the ticket that was taken: the worker's pid, and when it started by the boot clock, in ticks
EXIT = "exit"  # the worker's exit code, where the server may not have been there to hear of it
REHEARSAL = "rehearsal-"  # how the folder of a job begins that is nothing, behind it the worker's pid
ANSWERS = "answers"  # the folder beside the journal, one file for each question that was answered
MARKER = "ORCHESTRA_EXECUTION"  # in the environment of a worker and of all that it starts
NO_EXECUTION = "-" * 32  # the marker of a worker that waits for its execution; as long as an id, to be overwritten
MAX_TEXT = 4_000_000  # characters of one message; what is longer is cut, and says so
MAX_LINE = 200_000  # characters of one captured line of output
MAX_QUESTION = 10_000  # characters
MAX_CHOICES = 100
MAX_CHOICE = 1_000  # characters
MAX_SCHEMA = 20_000  # characters of an answer's JSON Schema
CANCELLED_EXIT = 3
DISK_FULL_EXIT = 73  # as EX_CANTCREAT of sysexits.h
_MAX_DEPTH = 20  # of values that JSON refused; a cycle ends here


def ticket_name(ticket: str) -> str:
    """The file that gives one worker the right to begin; whoever renames or removes it first has decided."""
    return f"ticket-{ticket}"


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since the boot, which no step of the wall clock changes; 0 if unknown.

    Field 22 of /proc/pid/stat, proc(5); the name in field 2 may hold blanks and brackets.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0  # no such system, or the process has gone


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


def output_encoder(at: float, level: str, stream: str) -> Callable[[str, int], str]:
    """Writes lines of captured output, each with the offset behind it, as `encode` would, several times as fast.

    Output comes by the hundred thousand lines, and the worker has no more than this process to write them down.
    """
    start = f'{{"at": {at!r}, "kind": "log", "level": "{level}", "message": '
    end = f', "data": {{"stream": "{stream}", "offset": '
    return lambda text, offset: f"{start}{encode_basestring_ascii(text)}{end}{offset}}}}}\n"


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
