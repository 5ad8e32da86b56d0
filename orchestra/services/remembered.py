"""Keeps what was read from the database for as long as nobody writes to it."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
Stamp = tuple[int, ...]


class Remembered(Generic[K, V]):
    """Values that follow from what a stamp stands for. What is found is never older than the last commit
    of any process.

    Whoever keeps a value takes the stamp first and reads then, so that a write in between makes it worthless.
    """

    def __init__(self, read_stamp: Callable[[], Stamp | None], most: int) -> None:
        self._read_stamp = read_stamp
        self._most = most
        self._lock = threading.Lock()
        self._values: dict[K, V] = {}
        self._stamp: Stamp | None = None

    def stamp(self) -> Stamp | None:
        """What to keep a value under that is read from now on."""
        with self._lock:
            return self._look()

    def find(self, key: K) -> V | None:
        """The value of that key, if it was kept and nothing was written since; never waits for the database."""
        with self._lock:
            return self._values.get(key) if self._look() is not None else None

    def keep(self, stamp: Stamp | None, key: K, value: V) -> None:
        """Remember a value that was read after the stamp was taken."""
        with self._lock:
            if stamp is None or stamp != self._stamp:
                return
            if len(self._values) >= self._most:
                self._values.clear()
            self._values[key] = value

    def _look(self) -> Stamp | None:
        stamp = self._read_stamp()
        if stamp != self._stamp:
            self._values.clear()
            self._stamp = stamp
        return stamp
