"""Hashes and checks passwords, with Argon2; the only door to pwdlib, which is imported when the first one is."""

from functools import lru_cache
from typing import TYPE_CHECKING

from orchestra.domain.text import is_storable
from orchestra.errors import Fault, Invalid

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST = 10
LONGEST = 1000


def hash_password(password: str, at: str = "/password") -> str:
    """What is kept of a password, after a tenth of a second; Invalid, with its place, if it is too short or long."""
    if not SHORTEST <= len(password) <= LONGEST or not is_storable(password):
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, [Fault(at, message)])
    return _hasher().hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether it is the password; takes as long where there is none, so that nobody learns which names exist."""
    if len(password) > LONGEST or not is_storable(password):
        return False
    known = _hasher().verify(password, hashed or _nobodys_hash())
    return known and hashed is not None


@lru_cache(1)
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))


@lru_cache(1)
def _nobodys_hash() -> str:
    return _hasher().hash("nobody's password")
