"""Encrypts secrets that must be read again later, with a key that lies beside the database."""

import os
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

    @cached_property
    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet  # half a start's budget, and most people have no webhook

        try:
            return Fernet(self._key())
        except ValueError as error:
            raise Unavailable(_UNREADABLE) from error

    def _key(self) -> bytes:
        from cryptography.fernet import Fernet

        try:
            file = os.open(self._key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._key_file.read_bytes().strip()
        with os.fdopen(file, "wb") as opened:
            key = Fernet.generate_key()
            opened.write(key)
            os.fsync(opened.fileno())
        return key
