"""Tells whether anything was committed to a SQLite file, by whichever process."""

import sqlite3
import threading
from pathlib import Path

Stamp = tuple[int, int]


class Stamps:
    """Reads a mark that is another one after each commit; a question takes some microseconds and never waits."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        self._edition: tuple[int, int] = (-1, 0)

    def read(self) -> Stamp | None:
        """The mark of what is committed now; None if the file does not answer at once."""
        with self._lock:
            try:
                connection = self._connection or self._open()
                # It changes with the commits of all other connections, and this one never commits.
                version = connection.execute("PRAGMA data_version").fetchall()[0][0]
            except sqlite3.Error:
                self._forget()
                return None
            return self._opened, version  # numbers of one connection say nothing about those of another

    def read_people(self) -> Stamp | None:
        """As `read`, a mark that is another one only after changes of who may come in."""
        with self._lock:
            try:
                connection = self._connection or self._open()
                version = connection.execute("PRAGMA data_version").fetchall()[0][0]
                if version != self._edition[0]:
                    found = connection.execute("SELECT value FROM people_edition").fetchall()[0][0]
                    self._edition = (version, found)
            except (sqlite3.Error, IndexError):
                self._forget()
                return None
            return self._opened, self._edition[1]

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _open(self) -> sqlite3.Connection:
        uri = f"{self._file.resolve().as_uri()}?mode=rw"
        self._connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        self._opened += 1
        self._edition = (-1, 0)
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
