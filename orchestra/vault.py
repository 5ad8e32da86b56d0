"""Encrypts secrets that must be read again later, with keys that do not lie in the database."""

import hmac
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestra.errors import Unavailable
from orchestra.master_keys import MasterKeys, make_file_key

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_UNREADABLE = (
    "A stored secret cannot be read: the master key or the file secret.key was changed. Put the old one back, "
    "or set the secret anew."
)


class Vault:
    """Fernet (AES-128-CBC with HMAC-SHA256) under the newest of the master keys; what older ones sealed is read, too.

    Keys are made when they are first needed, for their owner's eyes alone. `learn` is told every secret that passes.
    """

    def __init__(
        self,
        key_file: Path,
        master_keys: MasterKeys | None = None,
        learn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._key_file = key_file
        self._keys = master_keys or MasterKeys(key_file.with_name("master.key"), key_file)
        self._learn = learn
        self._lock = threading.Lock()
        self._fernet: MultiFernet | None = None

    @property
    def place(self) -> str:
        """Where the key is that secrets are sealed with, for a person."""
        return self._keys.place

    def seal(self, text: str) -> str:
        """What may be stored in place of the text."""
        self._learn(text)
        return self._opened().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again; Unavailable if the keys are others by now."""
        from cryptography.fernet import InvalidToken

        try:
            text = self._opened().decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise Unavailable(_UNREADABLE) from error
        self._learn(text)
        return text

    def reseal(self, sealed: str) -> str:
        """The same text, sealed with the newest key; Unavailable as `unseal`."""
        return self.seal(self.unseal(sealed))

    def renew(self) -> None:
        """Seal with a new key from now on, or with the first of those that are given by the environment."""
        if not self._keys.are_given:
            self._keys.renew()
        with self._lock:
            self._fernet = None

    def derived(self, purpose: str) -> bytes:
        """A secret for a purpose of its own, the same after every restart; it tells nothing of the key.

        It stays the same when master keys change: keys of runs and seals of journals depend on it.
        """
        return hmac.digest(self._key(), purpose.encode(), "sha256")

    def _opened(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # half a start's budget, and not all have secrets

        with self._lock:
            if self._fernet is None:
                try:
                    self._fernet = MultiFernet([Fernet(key) for key in self._keys.all()])
                except ValueError as error:
                    raise Unavailable(_UNREADABLE) from error
            return self._fernet

    def _key(self) -> bytes:
        return self._key_file.read_bytes().strip() if self._key_file.exists() else make_file_key(self._key_file)
