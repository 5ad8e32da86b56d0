"""An attempt's journal from the server's side: reading what a worker wrote, and writing what only the server knows.

A worker is a guest, so its lines are read without trust; a line's sequence number is its place in the file.
"""

import dataclasses
import hmac
import os
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra.domain.text import storable
from orchestra.engine.plain_output import count_lines
from orchestra.worker import protocol

_CHUNK = 1 << 18  # to be read at once: what else the server does waits meanwhile
_SKIMMED = 1 << 17
_LEAST_SKIMMED = 1 << 16
_SEAL = "seal"
_LONGEST_LINE = 1 << 24
_MAX_DEPTH = 50  # of data; the serialisers further on give up at a few hundred
_KINDS = {kind.value: kind for kind in EventKind}
_LEVELS = {level.value: level for level in LogLevel}


@dataclass(frozen=True, slots=True)
class Position:
    """How far a journal was read: bytes, and the sequence number of the next line."""

    offset: int = 0
    next_seq: int = 0


@dataclass(frozen=True, slots=True)
class PlainLines:
    """Whole lines of captured output as they stand in a journal, with the number of the first."""

    first_seq: int
    count: int
    lines: bytes

    @property
    def last_at(self) -> float:
        """When the last line was written down, in epoch seconds."""
        return float(orjson.loads(self.lines[self.lines.rfind(b"\n", 0, -1) + 1 :])["at"])


class Seal:
    """Marks a server's own lines in journals, where a guest may write what it likes; the same after a restart."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, number: int, attempt: int, message: str | None, data: Mapping[str, Any]) -> str:
        """The seal of a line in an attempt's journal: HMAC-SHA256 of all that it says."""
        said = orjson.dumps([number, attempt, message, data], option=orjson.OPT_SORT_KEYS)
        return hmac.digest(self._secret, said, "sha256").hex()

    def fits(self, seal: object, number: int, attempt: int, message: str | None, data: Mapping[str, Any]) -> bool:
        if not isinstance(seal, str) or not seal.isascii():
            return False
        try:
            return hmac.compare_digest(seal, self.of(number, attempt, message, data))
        except (TypeError, ValueError):  # what orjson cannot write no server has written
            return False


class Tail:
    """Reads a growing journal; lines that are not finished yet wait for the next look.

    `clean` takes out what must not be kept, without changing where lines end.
    """

    def __init__(
        self, path: Path, number: int, attempt: int, seal: Seal, clean: Callable[[bytes], bytes] = lambda data: data
    ) -> None:
        self._path = path
        self._number = number
        self._attempt = attempt
        self._seal = seal
        self._clean = clean
        self.position = Position()

    def read(self) -> list[Event]:
        """The events that are new, about a quarter of a megabyte at most; an empty list at the end of what is there.

        A worker has no say on status: a line that tells of one, and was not sealed by a server, becomes a log line.
        """
        try:
            with open_guest_file(self._path) as file:
                new = file.seek(0, os.SEEK_END) - self.position.offset
                if new <= 0:
                    return []
                file.seek(self.position.offset)
                chunk = _whole_lines_or_too_long(file, min(new, _CHUNK))
        except OSError:
            return []  # not there yet, or taken away by the guest
        if len(chunk) > _LONGEST_LINE and b"\n" not in chunk:
            return self._advance([self._clean(chunk)], len(chunk))  # too long to wait for its end
        cut = chunk.rfind(b"\n") + 1
        return self._advance(self._clean(chunk[:cut]).split(b"\n")[:-1], cut)

    def skim(self) -> PlainLines | None:
        """The next lines, an eighth of a megabyte or so, if there are so many and all are captured output; else None.

        Then `read` is to be used.
        """
        try:
            if os.lstat(self._path).st_size - self.position.offset < _LEAST_SKIMMED:
                return None
            with open_guest_file(self._path) as file:
                file.seek(self.position.offset)
                chunk = file.read(_SKIMMED)
        except OSError:
            return None
        chunk = chunk[: chunk.rfind(b"\n") + 1]
        count = count_lines(chunk) if chunk else None
        if count is None:
            return None
        lines = PlainLines(self.position.next_seq, count, self._clean(chunk))
        self.position = Position(self.position.offset + len(chunk), self.position.next_seq + count)
        return lines

    def _advance(self, lines: Sequence[bytes], size: int) -> list[Event]:
        seq = self.position.next_seq
        events = [self._unsealed(parse(line, self._number, self._attempt, seq + i)) for i, line in enumerate(lines)]
        self.position = Position(self.position.offset + size, seq + len(events))
        return events

    def _unsealed(self, event: Event) -> Event:
        if event.kind is not EventKind.STATUS:
            return event
        data = dict(event.data)
        if self._seal.fits(data.pop(_SEAL, None), event.number, event.attempt, event.message, data):
            return dataclasses.replace(event, data=data)
        message = f"The worker wrote a status of its own, which does not count: {event.message}"
        return dataclasses.replace(event, kind=EventKind.LOG, level=LogLevel.WARN, message=message)

    def open(self, message: str, data: Mapping[str, Any]) -> None:
        """Write the first line, unless a server that was killed before it had a worker has done so."""
        self.drop_unfinished_line()
        if not _is_regular(self._path) or self._path.stat().st_size == 0:
            self.append(message, data)

    def append(self, message: str, data: Mapping[str, Any], level: LogLevel | None = None) -> None:
        """Write a status, sealed; only while no worker writes, before it starts or after it is gone."""
        # Cleaned before it is sealed: the line is cleaned again when it is read, and must be the same then.
        message, data = orjson.loads(self._clean(orjson.dumps([message, data])))
        sealed = {**data, _SEAL: self._seal.of(self._number, self._attempt, message, data)}
        kind, level_name = EventKind.STATUS.value, level.value if level else None
        with self._to_append() as file:
            file.write(protocol.encode(kind, time.time(), level_name, message, None, sealed))

    def append_beside_worker(self, level: LogLevel, message: str, data: Mapping[str, Any]) -> None:
        """Write a log line while a worker may write: at once, so that neither cuts the other's line in two."""
        line = protocol.encode(EventKind.LOG.value, time.time(), level.value, message, None, dict(data))
        with self._to_append() as file:
            os.write(file.fileno(), line)

    def append_lines(self, lines: Sequence[bytes]) -> None:
        """Write whole lines as they are; only while no worker writes."""
        if lines:
            with self._to_append() as file:
                file.writelines(lines)

    def _to_append(self) -> BinaryIO:
        """The journal, opened at its end; made anew where the guest took it away or put something else there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(self._path) and not _is_regular(self._path):
            self._path.unlink()
        return self._path.open("ab")

    def drop_unfinished_line(self) -> None:
        """Cut off what a killed worker left half written, so that the next line is whole."""
        if not _is_regular(self._path):
            return
        with self._path.open("rb+") as file:
            whole = file.seek(0, os.SEEK_END)
            while whole > 0:
                start = max(0, whole - _CHUNK)
                file.seek(start)
                newline = file.read(whole - start).rfind(b"\n")
                if newline >= 0:
                    file.truncate(start + newline + 1)
                    return
                whole = start
            file.truncate(0)


def open_guest_file(path: Path) -> BinaryIO:
    """A file that a worker may have put something else in place of, opened to be read; OSError if it is no file.

    Without O_NONBLOCK a named pipe would hold the whole server; a link could lead anywhere.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(f"{path} is no regular file")
    return os.fdopen(descriptor, "rb")


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _whole_lines_or_too_long(file: BinaryIO, size: int) -> bytes:
    """About so many bytes, or as much more as one line takes, up to the longest that is waited for."""
    chunks = [file.read(size)]  # and not more than there is: memory that is given back at once is not free either
    size = len(chunks[0])
    while chunks[-1] and b"\n" not in chunks[-1] and size <= _LONGEST_LINE:
        chunks.append(file.read(_CHUNK))
        size += len(chunks[-1])
    return b"".join(chunks)


def parse(line: bytes, number: int, attempt: int, seq: int) -> Event:
    """The event in one line of a journal; a line that holds none becomes a log line that says so."""
    try:
        raw = orjson.loads(line)
    except orjson.JSONDecodeError:
        raw = _loads_leniently(line)
    fields = cast(dict[str, Any], raw) if isinstance(raw, dict) else {}
    kind = _KINDS.get(str(fields.get("kind")))
    if kind is None:
        return _not_an_event(line, number, attempt, seq)
    at, message, step, data = (fields.get(name) for name in ("at", "message", "step", "data"))
    return Event(
        number=number,
        attempt=attempt,
        seq=seq,
        at=float(at) if isinstance(at, int | float) and 0 < at < 253402300799 else time.time(),
        kind=kind,
        level=_LEVELS.get(str(fields["level"]), LogLevel.INFO) if "level" in fields else None,
        message=storable(message) if isinstance(message, str) else None,
        step=storable(step) if isinstance(step, str) else None,
        data=_storable_mapping(cast(object, data)),
    )


def _loads_leniently(line: bytes) -> Any:
    """What orjson refuses (lone surrogates, huge numbers), by the standard library; None if that fails too."""
    import json

    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _storable_mapping(data: object) -> dict[str, Any]:
    if not isinstance(data, dict) or not data:
        return {}
    return cast(dict[str, Any], _storable_value(cast(dict[str, Any], data), 0))


def _storable_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, (dict, list)) and depth >= _MAX_DEPTH:
        return "(nested too deeply to be kept)"
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {storable(key): _storable_value(inner, depth + 1) for key, inner in items}
    if isinstance(value, list):
        return [_storable_value(inner, depth + 1) for inner in cast(list[Any], value)]
    return value


def _not_an_event(line: bytes, number: int, attempt: int, seq: int) -> Event:
    shown = storable(line[:500].decode("utf-8", "replace"))
    return Event(
        number,
        attempt,
        seq,
        time.time(),
        EventKind.LOG,
        LogLevel.WARN,
        f"The worker wrote a line that is no event: {shown}",
    )
