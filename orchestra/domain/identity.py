"""Who asks: people, their keys and their sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

KEY_PREFIX = "ao_"


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: only its hash, and the few characters that let its owner tell it from others."""

    id: str
    user_id: str
    name: str
    hash: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's sign-in; `hash` is of the cookie's value, `key_id` of the key that it came by and ends with."""

    hash: str
    user_id: str
    created_at: datetime
    expires_at: datetime
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """The person on whose behalf something is asked."""

    user_id: str
    name: str
    role: Role


def new_secret() -> str:
    """A key for a program: `ao_` and 64 hexadecimal digits, 256 random bits."""
    return KEY_PREFIX + secrets.token_hex(32)


def hash_secret(secret: str) -> str:
    """What is stored of a key or session: SHA-256 is enough, since the secret has 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
