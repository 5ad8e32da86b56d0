"""Inbound hooks: addresses at which other programs start an agent."""

import secrets
from dataclasses import dataclass
from datetime import datetime

TOKEN_PREFIX = "hk_"  # noqa: S105 - what tokens begin with


@dataclass(frozen=True, slots=True)
class InboundHook:
    """`token_hash` is all that is kept of the address; with `sealed_secret`, calls must be signed."""

    id: str
    owner_id: str
    agent_id: str
    agent_name: str
    name: str
    token_hash: str
    created_at: datetime
    is_active: bool = True
    sealed_secret: str | None = None
    last_used_at: datetime | None = None


def new_token() -> str:
    """`hk_` and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)
