"""The worker's only way to be heard: an append-only file of events, with a bell that tells the server to look."""

from __future__ import annotations

import errno
import itertools
import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from . import protocol
from .capture import Captured
from .descendants import kill_descendants

_BATCH_LINES = 512
_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


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
            lines = captured.lines(last)
            while batch := list(itertools.islice(lines, _BATCH_LINES)):
                encoded = protocol.output_encoder(time.time(), captured.level, captured.stream)
                self._append("".join(encoded(text, offset) for text, offset in batch).encode("ascii"))
                found = True
        return found

    def close(self) -> None:
        """Nothing is written any more; a collection that is under way is waited for."""
        with self._lock:
            os.close(self._file)
            self._bell.close()
            for captured in self._captured:
                captured.close()
            self._captured.clear()

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            if is_for_want_of_room(error):
                _leave_for_want_of_room()
            raise


def is_for_want_of_room(error: OSError) -> bool:
    """Whether the disk is full, or a quota or limit of sizes is reached."""
    return error.errno in _NO_ROOM


def _leave_for_want_of_room() -> NoReturn:
    """A run whose events cannot be kept must not go on unseen. The exit code alone can still say why."""
    kill_descendants()
    os._exit(protocol.DISK_FULL_EXIT)


class _Bell:
    """A datagram socket to the server; a server that is away misses nothing, since the journal stays."""

    def __init__(self, number: int, address: str | None) -> None:
        self._address = address
        self._message = str(number).encode()
        self._socket: socket.socket | None = None
        if address and hasattr(socket, "AF_UNIX"):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ring(self) -> None:
        if self._socket is None or self._address is None:
            return
        try:
            self._socket.sendto(self._message, self._address)
        except OSError:
            pass  # the server is away or busy: it looks by itself, too
