"""Turns what a framework prints into log lines: fd 1 and 2 are files, read here as they grow.

Files and not pipes: a pipe that nobody empties, because C code prints while it holds the interpreter's lock, stops the
run for ever.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from .protocol import MAX_LINE, shortened

_CHUNK = 1 << 20


class Captured:
    """One output file, read from where it was read last."""

    def __init__(self, path: str, stream: str, level: str) -> None:
        self.stream = stream
        self.level = level
        self._file = open(path, "rb", buffering=0)
        self._offset = 0
        self._rest = b""

    def close(self) -> None:
        self._file.close()

    def lines(self, last: bool = False) -> Iterator[tuple[str, int]]:
        """The lines that are new, each with the file's offset behind it; `last` also gives one without an end."""
        while os.fstat(self._file.fileno()).st_size > self._offset:
            chunk = self._file.read(_CHUNK)
            if not chunk:
                break
            start = self._offset - len(self._rest)
            self._offset += len(chunk)
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            for raw in whole:
                start += len(raw) + 1
                yield _text(raw), start
            if len(self._rest) > MAX_LINE * 4:
                yield _text(self._rest), self._offset
                self._rest = b""
        if last and self._rest:
            yield _text(self._rest), self._offset
            self._rest = b""


def _text(raw: bytes) -> str:
    return shortened(raw.decode("utf-8", "replace").rstrip("\r"), MAX_LINE)


def unbuffer(stream: Any) -> None:
    """Make Python hand each line to the file at once."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True, errors="backslashreplace")


def unbuffer_standard_streams() -> None:
    unbuffer(sys.stdout)
    unbuffer(sys.stderr)
