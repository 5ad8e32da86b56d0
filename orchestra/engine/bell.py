"""The datagram bell that workers ring when their journals have grown."""

import asyncio
import hashlib
import logging
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

_BUFFER_BYTES = 1 << 20


def bell_path(data_dir: Path) -> Path:
    """The bell's address, the same after every restart. Not in the data folder: socket paths end at 107 bytes."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"orchestra-{_user()}" / f"{digest}.bell"


class Bell:
    """Listens for rings on the event loop; without one (no such sockets here) journals are polled all the same."""

    def __init__(self, path: Path, on_ring: Callable[[int], None]) -> None:
        self._path = path
        self._on_ring = on_ring
        self._socket: socket.socket | None = None

    def start(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            return
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            if self._path.parent.lstat().st_uid != _user() or self._path.parent.is_symlink():
                raise PermissionError(f"{self._path.parent} belongs to somebody else")
            self._path.unlink(missing_ok=True)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.bind(str(self._path))
        except OSError as error:
            log.warning("Events will show up a little later, because the bell cannot be hung: %s", error)
            self.stop()
            return
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def stop(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        rung: set[int] = set()
        while self._socket is not None:
            try:
                text = self._socket.recv(32)
            except OSError:
                break
            if text.isdigit():
                rung.add(int(text))
        for number in rung:
            self._on_ring(number)


def _user() -> int:
    """Who we are; 0 on systems that do not number their users, and have no such sockets either."""
    return os.getuid() if hasattr(os, "getuid") else 0
