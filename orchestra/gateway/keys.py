"""The keys that workers call models with: each is worth one execution, and dead at once when that ends."""

import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestra.domain.identity import KEY_PREFIX, hash_secret

_REMEMBERED = 10_000


class RunKeys:
    """The live keys, in memory and by hash alone; may be used from any thread."""

    def __init__(self, secret: bytes | None = None, remembered: int = _REMEMBERED) -> None:
        self._secret = secret or os.urandom(32)
        self._lock = threading.Lock()
        self._number_of: dict[str, int] = {}
        self._attempt_of: dict[int, int] = {}
        self._hash_of: dict[int, str] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._remembered = remembered
        self._watchers: dict[str, list[Callable[[], None]]] = {}

    def issue(self, number: int, attempt: int = 1) -> str:
        """The key of an attempt at an execution, live from now on; that of an earlier attempt is dead.

        It is derived and not stored, so that a server that takes the place of this one knows it again.
        """
        secret = KEY_PREFIX + hmac.digest(self._secret, f"{number}.{attempt}".encode(), "sha256").hex()
        hashed = hash_secret(secret)
        with self._lock:
            watchers = [] if self._hash_of.get(number) == hashed else self._end(number)
            self._ended.pop(hashed, None)
            self._hash_of[number] = hashed
            self._number_of[hashed] = number
            self._attempt_of[number] = attempt
        _call(watchers)
        return secret

    def revoke(self, number: int) -> None:
        """The execution's key is worth nothing from now on, if it has one."""
        with self._lock:
            watchers = self._end(number)
        _call(watchers)

    def number_of(self, secret: str) -> int | None:
        """The execution that a live key is worth; None if it is worth none."""
        return self._number_of.get(hash_secret(secret))

    def attempt_of(self, number: int) -> int:
        """The attempt at a running execution that its key is worth."""
        return self._attempt_of.get(number, 1)

    def is_live(self, number: int) -> bool:
        return number in self._hash_of

    def has_ended(self, secret: str) -> bool:
        """True for a key that was revoked not too long ago, so that its bearer can be told from a stranger."""
        return hash_secret(secret) in self._ended

    @contextmanager
    def watch(self, secret: str, on_end: Callable[[], None]) -> Iterator[None]:
        """Meanwhile `on_end` is called, by whichever thread revokes, when this key dies; at once if it is dead."""
        hashed = hash_secret(secret)
        with self._lock:
            is_live = hashed in self._number_of
            if is_live:
                self._watchers.setdefault(hashed, []).append(on_end)
        if not is_live:
            on_end()
        try:
            yield
        finally:
            with self._lock:
                self._forget(hashed, on_end)

    def _end(self, number: int) -> list[Callable[[], None]]:
        hashed = self._hash_of.pop(number, None)
        if hashed is None:
            return []
        del self._number_of[hashed]
        self._attempt_of.pop(number, None)
        self._ended[hashed] = None
        while len(self._ended) > self._remembered:
            self._ended.popitem(last=False)
        return self._watchers.pop(hashed, [])

    def _forget(self, hashed: str, on_end: Callable[[], None]) -> None:
        watchers = self._watchers.get(hashed, [])
        if on_end in watchers:
            watchers.remove(on_end)
        if not watchers:
            self._watchers.pop(hashed, None)


def _call(watchers: list[Callable[[], None]]) -> None:
    for watcher in watchers:
        watcher()
