"""The worker's only way to be heard: an append-only file of events, with a bell that tells the server to look."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from . import protocol
from .capture import Captured


class Journal:
    """Appends events in order; before each, whatever was printed until then."""

    def __init__(self, folder: str, number: int, bell: str | None) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
        self._file = os.open(os.path.join(folder, protocol.JOURNAL), flags, 0o600)
        self._bell = _Bell(number, bell)
        self._lock = threading.RLock()
        self._captured: list[Captured] = [
            Captured(os.path.join(folder, protocol.STDOUT), "stdout", "INFO"),
            Captured(os.path.join(folder, protocol.STDERR), "stderr", "WARN"),
        ]
        self._writer: int | None = None

    @property
    def is_writing_here(self) -> bool:
        """True while this very thread is inside `write`; a signal handler must not raise then."""
        return self._writer == threading.get_ident()

    def write(
        self,
        kind: str,
        level: str | None = None,
        message: str | None = None,
        step: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        with self._lock:
            self._writer = threading.get_ident()
            try:
                self._collect(last=False)
                self._append(protocol.encode(kind, time.time(), level, message, step, data))
            finally:
                self._writer = None
        self._bell.ring()

    def collect(self, last: bool = False) -> None:
        """Write down what was printed since the last look."""
        with self._lock:
            self._writer = threading.get_ident()
            try:
                found = self._collect(last)
            finally:
                self._writer = None
        if found:
            self._bell.ring()

    def _collect(self, last: bool) -> bool:
        found = False
        for captured in self._captured:
            batch: list[bytes] = []
            for text, offset in captured.lines(last):
                data = {"stream": captured.stream, "offset": offset}
                batch.append(protocol.encode("log", time.time(), captured.level, text, None, data))
                if len(batch) == 256:
                    self._append(b"".join(batch))
                    batch.clear()
                found = True
            if batch:
                self._append(b"".join(batch))
        return found

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]


class _Bell:
    """A datagram socket to the server; a server that is away misses nothing, since the journal stays."""

    def __init__(self, number: int, address: str | None) -> None:
        self._address = address
        self._message = str(number).encode()
        self._socket: socket.socket | None = None
        if address and hasattr(socket, "AF_UNIX"):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def ring(self) -> None:
        if self._socket is None or self._address is None:
            return
        try:
            self._socket.sendto(self._message, self._address)
        except OSError:
            pass  # the server is away or busy: it looks by itself, too
