"""Takes every known secret out of what is stored and shown."""

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

import orjson

MASK = "[secret removed]"
_LEAST_CHARACTERS = 12  # shorter ones, such as the "lm-studio" that some servers want for a key, are words of their own

_LOOK_BACK = 64
_HALF_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:u[0-9A-Fa-f]{0,3})?\Z")


class Redactor:
    """One compiled pattern over all secrets; costs nothing while there are none. May be used from any thread.

    What it learned it knows for as long as the server lives, also when the secret is not stored any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._text: re.Pattern[str] | None = None
        self._bytes: re.Pattern[bytes] | None = None
        self._is_old = False

    def learn(self, secret: str) -> None:
        """Take this one out, too, from now on, unless it is too short to be one."""
        with self._lock:
            if len(secret) >= _LEAST_CHARACTERS and secret not in self._secrets:
                self._secrets.add(secret)
                self._is_old = True

    def text(self, text: str) -> str:
        """The text, with a mark in place of each secret."""
        self._renew()
        pattern = self._text
        return text if pattern is None else pattern.sub(MASK, text)

    def bytes(self, data: bytes) -> bytes:
        """The same of bytes: lines of a journal, or the body of a model call; what was JSON stays JSON."""
        self._renew()
        pattern = self._bytes
        return data if pattern is None else _without(pattern, data)

    def data(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same of everything in a JSON object."""
        self._renew()
        return data if self._bytes is None else orjson.loads(self.bytes(orjson.dumps(dict(data))))

    def _renew(self) -> None:
        if not self._is_old:
            return
        with self._lock:
            in_json = {form for secret in self._secrets for form in _forms_in_json(secret)}
            self._text = re.compile("|".join(map(re.escape, _ordered(self._secrets))))
            self._bytes = re.compile(b"|".join(re.escape(form.encode()) for form in _ordered(in_json)))
            self._is_old = False


def _ordered(texts: set[str]) -> list[str]:
    """The longest first, so that a secret that begins with another one goes as a whole."""
    return sorted(texts, key=lambda text: (-len(text), text))


def _forms_in_json(secret: str) -> set[str]:
    return {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}


def _without(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    kept: list[bytes] = []
    copied = at = 0
    while (found := pattern.search(data, at)) is not None:
        # What begins inside an escape, such as \u00e9, is no secret, and without its beginning the line would be none.
        if _HALF_ESCAPE.search(data[max(0, found.start() - _LOOK_BACK) : found.start()]):
            at = found.start() + 1
            continue
        kept += data[copied : found.start()], MASK.encode()
        copied = at = found.end()
    return b"".join([*kept, data[copied:]]) if kept else data
