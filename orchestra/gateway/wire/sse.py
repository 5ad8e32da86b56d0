"""Takes a stream of server-sent events apart, and leaves its bytes as they are."""

import re
from collections.abc import Iterator

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINES = re.compile(rb"\r\n|\n|\r")
_LONGEST_END = 4


class Events:
    """Gives whole events, as they came. What is no event by `most_bytes` is given as it is, for whoever reads it."""

    def __init__(self, most_bytes: int = 16_000_000) -> None:
        self._buffer = bytearray()
        self._looked_at = 0
        self._most_bytes = most_bytes

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The events that these bytes complete, each with the empty line behind it."""
        self._buffer += chunk
        begin = 0
        # An end may lie across two chunks, so the last bytes are looked at again.
        found = _END.search(self._buffer, max(0, self._looked_at - _LONGEST_END + 1))
        while found:
            yield bytes(self._buffer[begin : found.end()])
            begin = found.end()
            found = _END.search(self._buffer, begin)
        del self._buffer[:begin]
        self._looked_at = len(self._buffer)
        if len(self._buffer) > self._most_bytes:
            yield self.rest()

    def rest(self) -> bytes:
        """What came behind the last whole event; from now on nothing."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._looked_at = 0
        return rest


def data_of(event: bytes) -> bytes:
    """The data of an event, its lines put together; empty if there is none, as in a comment."""
    lines = [line[5:].removeprefix(b" ") for line in _LINES.split(event) if line.startswith(b"data:")]
    return b"\n".join(lines)
