"""Finds the keys that stored secrets are encrypted with: in the environment, the system's keyring, or a file."""

import base64
import binascii
import contextlib
import importlib
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from orchestra.errors import CannotStart, Conflict

log = logging.getLogger(__name__)

_SERVICE = "agentorchestra"
_KEPT = 2  # the newest, and the one before it: a secret may be on its way into the database while keys change
_WRONG = (
    "The setting ORCHESTRA_MASTER_KEY is not valid: each key is 32 bytes in URL-safe Base64, "
    "as 'orchestra secrets new-key' prints one."
)


class Keyring(Protocol):
    """What we use of Python's keyring, which keeps texts in the operating system's."""

    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, password: str) -> None: ...


class MasterKeys:
    """`given` are keys from the environment; `older` is a file that older versions encrypted with."""

    def __init__(self, file: Path, older: Path, given: str | None = None, keyring: Keyring | None = None) -> None:
        self._file = file
        self._older = older
        self._given = _parsed(given or "")
        self._keyring = keyring

    @property
    def place(self) -> str:
        """Where the newest key is, for a person."""
        if self._given:
            return "the setting ORCHESTRA_MASTER_KEY"
        return "the system's keyring" if self._keyring else f"the file {self._file.name}"

    def all(self) -> Sequence[bytes]:
        """The newest first; the first is to encrypt with, and each of the others may have been."""
        kept = [*self._given, *self._of_keyring(), *_lines_of(self._file)]
        if not kept and self._keyring:
            kept = self._renewed_in_keyring([])
        return [*kept, *(_lines_of(self._older) or ([] if kept else [make_file_key(self._older)]))]

    def renew(self) -> None:
        """Have a new key from now on; Conflict if only the person who set the environment can make one."""
        if self._given:
            raise Conflict(
                "The key is given by ORCHESTRA_MASTER_KEY. Put a new one before the old one there, separated by a "
                "comma, and start the server anew: then this encrypts everything with the new one."
            )
        if self._keyring:
            self._renewed_in_keyring(self._of_keyring())
        else:
            replace_file(self._file, b"\n".join([new_key(), *_lines_of(self._file)][:_KEPT]))

    @property
    def are_given(self) -> bool:
        return bool(self._given)

    @property
    def _name(self) -> str:
        return str(self._file.parent.resolve())

    def _of_keyring(self) -> list[bytes]:
        if self._keyring is None:
            return []
        try:
            return (self._keyring.get_password(_SERVICE, self._name) or "").encode().split()
        except Exception as error:  # noqa: BLE001 - a locked or absent keyring may raise anything
            log.warning("The system's keyring cannot be read: %s", error)
            return []

    def _renewed_in_keyring(self, before: list[bytes]) -> list[bytes]:
        assert self._keyring is not None
        keys = [new_key(), *before][:_KEPT]
        try:
            self._keyring.set_password(_SERVICE, self._name, b" ".join(keys).decode())
        except Exception as error:  # noqa: BLE001 - the same
            log.warning("The system's keyring cannot be written, so the key is kept in a file: %s", error)
            self._keyring = None
            return before
        return keys


def system_keyring() -> Keyring | None:
    """The operating system's keyring, if Python's keyring is installed and finds one."""
    try:
        module = importlib.import_module("keyring")
        usable = module.get_keyring().priority >= 1
    except Exception:  # noqa: BLE001 - it is optional, and its backends may raise anything
        return None
    return cast(Keyring, module) if usable else None


def new_key() -> bytes:
    """As Fernet.generate_key, without its long import."""
    return base64.urlsafe_b64encode(os.urandom(32))


def make_file_key(file: Path) -> bytes:
    """A new key in a file for its owner's eyes alone; who comes second gets the key of who came first."""
    with contextlib.suppress(FileExistsError):
        _put(file, new_key(), replace=False)
    return file.read_bytes().strip()


def replace_file(file: Path, content: bytes) -> None:
    """The file is there whole or as it was."""
    _put(file, content, replace=True)


def _put(file: Path, content: bytes, *, replace: bool) -> None:
    new = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    if replace:
        new.replace(file)
        return
    try:
        os.link(new, file)
    finally:
        new.unlink()


def _lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().split() if file.exists() else []


def _parsed(given: str) -> list[bytes]:
    keys = [text.strip().encode() for text in given.split(",") if text.strip()]
    for key in keys:
        try:
            size = len(base64.urlsafe_b64decode(key))
        except (ValueError, binascii.Error) as error:
            raise CannotStart(_WRONG) from error
        if size != 32:
            raise CannotStart(_WRONG)
    return keys
