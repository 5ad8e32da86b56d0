"""Encrypts secrets that must be read again later, with a key that lies beside the database."""

import base64
import contextlib
import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestra.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_UNREADABLE = "A stored secret cannot be read: the file secret.key was changed. Put the old one back, or set it anew."


class Vault:
    """Fernet (AES-128-CBC with HMAC-SHA256); the key is made when it is first needed, for its owner's eyes alone."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    def seal(self, text: str) -> str:
        """What may be stored in place of the text."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again; Unavailable if the key is another one by now."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise Unavailable(_UNREADABLE) from error

    def derived(self, purpose: str) -> bytes:
        """A secret for a purpose of its own, the same after every restart; it tells nothing of the key."""
        return hmac.digest(self._key(), purpose.encode(), "sha256")

    @cached_property
    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet  # half a start's budget, and most people have no webhook

        try:
            return Fernet(self._key())
        except ValueError as error:
            raise Unavailable(_UNREADABLE) from error

    def _key(self) -> bytes:
        if not self._key_file.exists():
            self._keep(base64.urlsafe_b64encode(os.urandom(32)))  # as Fernet.generate_key, without its long import
        return self._key_file.read_bytes().strip()

    def _keep(self, key: bytes) -> None:
        """The file is there whole or not at all, and who comes second reads the key of who came first."""
        new = self._key_file.with_name(f"{self._key_file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(key)
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, self._key_file)
        new.unlink()
