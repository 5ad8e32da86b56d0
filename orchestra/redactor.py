"""Takes every known secret out of what is stored and shown."""

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

import orjson

MASK = "[secret removed]"
_LEAST_CHARACTERS = 12  # shorter ones, such as the "lm-studio" that some servers want for a key, are words of their own


class Redactor:
    """One compiled pattern over all secrets; costs nothing while there are none. May be used from any thread.

    What it learned it knows for as long as the server lives, also when the secret is not stored any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._text: re.Pattern[str] | None = None
        self._bytes: re.Pattern[bytes] | None = None
        self._is_old = False

    def learn(self, secret: str) -> None:
        """Take this one out, too, from now on, unless it is too short to be one."""
        forms = _forms_of(secret) if len(secret) >= _LEAST_CHARACTERS else set[str]()
        with self._lock:
            if not forms <= self._forms:
                self._forms |= forms
                self._is_old = True

    def text(self, text: str) -> str:
        """The text, with a mark in place of each secret."""
        self._renew()
        pattern = self._text
        return text if pattern is None else pattern.sub(MASK, text)

    def bytes(self, data: bytes) -> bytes:
        """The same of bytes: lines of a journal, or the body of a model call, JSON or not."""
        self._renew()
        pattern = self._bytes
        return data if pattern is None else pattern.sub(MASK.encode(), data)

    def data(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same of everything in a JSON object."""
        self._renew()
        return data if self._bytes is None else orjson.loads(self.bytes(orjson.dumps(dict(data))))

    def _renew(self) -> None:
        if not self._is_old:
            return
        with self._lock:
            # The longest first, so that a secret that begins with another one goes as a whole.
            ordered = sorted(self._forms, key=len, reverse=True)
            self._text = re.compile("|".join(map(re.escape, ordered)))
            self._bytes = re.compile(b"|".join(re.escape(form.encode("utf-8", "replace")) for form in ordered))
            self._is_old = False


def _forms_of(secret: str) -> set[str]:
    """As it is, and as it stands in JSON."""
    return {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
