"""People of each role for tests, each with a key of their own."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx2
from servers import ServerUnderTest


def client_of(server: ServerUnderTest, key: str) -> httpx2.Client:
    """Asks the server with that key."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.Client(base_url=server.presence.url + "/api", headers=headers, trust_env=False, timeout=30)


def a_person(server: ServerUnderTest, role: str, password: str | None = None) -> dict[str, Any]:
    """A new person, as the owner sees them."""
    body = {"name": f"{role} {uuid.uuid4().hex}", "role": role, **({"password": password} if password else {})}
    return server.call("POST", "/users", 201, json=body)


def a_key(
    server: ServerUnderTest,
    user_id: str | None = None,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """A new key, of the owner if of nobody else."""
    body: dict[str, Any] = {"name": "test"}
    if user_id is not None:
        body["userId"] = user_id
    if scopes is not None:
        body["scopes"] = list(scopes)
    if expires_at is not None:
        body["expiresAt"] = expires_at.isoformat()
    return server.call("POST", "/keys", 201, json=body)


def client_as(server: ServerUnderTest, role: str) -> httpx2.Client:
    """Asks the server as a new person of that role."""
    return client_of(server, a_key(server, a_person(server, role)["id"])["key"])
