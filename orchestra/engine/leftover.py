"""Saves what a worker printed but had no time to write into its journal, because it was killed or crashed."""

import os
import time
from pathlib import Path
from typing import Any, cast

import orjson

from orchestra.domain.events import EventKind, LogLevel
from orchestra.engine.journal import open_guest_file
from orchestra.worker import protocol

_MOST_BYTES = 1 << 20
_STREAMS = (("stdout", protocol.STDOUT, LogLevel.INFO), ("stderr", protocol.STDERR, LogLevel.WARN))


def unwritten_output(folder: Path) -> list[bytes]:
    """Journal lines for what stands in the output files behind what the journal tells; the last megabyte of each."""
    reached = _reached(folder / protocol.JOURNAL)
    lines: list[bytes] = []
    for stream, name, level in _STREAMS:
        for text in _lines_from(folder / name, reached.get(stream, 0)):
            message = protocol.shortened(text, protocol.MAX_LINE)
            data = {"stream": stream}
            lines.append(protocol.encode(EventKind.LOG.value, time.time(), level.value, message, None, data))
    return lines


def _reached(journal: Path) -> dict[str, int]:
    """How many bytes of each output file the journal's log lines cover."""
    reached: dict[str, int] = {}
    try:
        with open_guest_file(journal) as file:
            for line in file:
                if b'"offset"' in line and (found := _offset_in(line)):
                    reached[found[0]] = max(reached.get(found[0], 0), found[1])
    except OSError:
        pass  # the guest took it away
    return reached


def _offset_in(line: bytes) -> tuple[str, int] | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    data: Any = cast(dict[str, Any], event).get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict):
        return None
    fields = cast(dict[str, Any], data)
    stream, offset = fields.get("stream"), fields.get("offset")
    return (stream, offset) if isinstance(stream, str) and isinstance(offset, int) else None


def _lines_from(path: Path, offset: int) -> list[str]:
    try:
        with open_guest_file(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(offset, size - _MOST_BYTES))
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return text.split("\n")[: None if not text.endswith("\n") else -1] if text else []
