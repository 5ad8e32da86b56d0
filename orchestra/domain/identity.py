"""Who asks, and what they may: people, their keys and their sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestra.errors import Forbidden

KEY_PREFIX = "ao_"
OWN_KEY = "server"  # stands for the id of the key that a server makes for the command line, and does not store


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What may be done; each includes those before it."""

    READ = "read"
    RUN = "run"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: "Permission") -> bool:
        order = list(Permission)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    role: Role
    created_at: datetime
    is_active: bool = True
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: only its hash, and the few characters that let its owner tell it from others.

    Without scopes it may do whatever its owner may; with them, no more than the widest of them allows.
    """

    id: str
    user_id: str
    name: str
    hash: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None = None
    scopes: frozenset[Permission] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's sign-in; `hash` is of the cookie's value, `key_id` of the key that it came by and ends with."""

    hash: str
    user_id: str
    created_at: datetime
    expires_at: datetime
    key_id: str | None = None

    @property
    def id(self) -> str:
        """A name for it that may be shown: worth nothing as a cookie."""
        return self.hash[:16]


@dataclass(frozen=True, slots=True)
class Principal:
    """The person on whose behalf something is asked; `scopes` and `key_id` are those of the key that was used."""

    user_id: str
    name: str
    role: Role
    scopes: frozenset[Permission] | None = None
    key_id: str | None = None

    @property
    def visible_owner(self) -> str | None:
        """Whose things this person sees: their own (an id), or everybody's (None)."""
        return self.user_id if self.role is Role.MEMBER else None

    def may(self, permission: Permission) -> bool:
        """Whether role and key allow it; whose thing it is done to is another question (`visible_owner`)."""
        by_role = permission is Permission.READ or self.role is not Role.VIEWER
        return by_role and (self.scopes is None or any(scope.includes(permission) for scope in self.scopes))

    def require(self, permission: Permission) -> None:
        """Forbidden, with a sentence, unless role and key allow it."""
        if self.may(permission):
            return
        if self.role is Role.VIEWER:
            raise Forbidden("You may look at everything here, but change nothing. Ask an owner for another role.")
        raise Forbidden(f"This key lacks the scope '{permission}'. Use a key that has it, or make one.")


class Proof(StrEnum):
    """What somebody shows to be let in."""

    KEY = "key"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Credential:
    """One key or session, by the hash of its secret."""

    proof: Proof
    hash: str


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody was let in, by what, and until when if the end is known."""

    credential: Credential
    principal: Principal
    expires_at: datetime | None = None


class Ending(StrEnum):
    """Why an admission is worth nothing any more."""

    REVOKED = "revoked"
    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    DEACTIVATED = "deactivated"
    ROLE_CHANGED = "role_changed"


def new_secret() -> str:
    """A key for a program: `ao_` and 64 hexadecimal digits, 256 random bits."""
    return KEY_PREFIX + secrets.token_hex(32)


def hash_secret(secret: str) -> str:
    """What is stored of a key or session: SHA-256 is enough, since the secret has 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
