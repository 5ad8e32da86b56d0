"""Inbound hooks: addresses that start an agent."""

import time
import uuid
from typing import Any, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request, paged
from orchestra.client.executions import Confirmation, Started
from orchestra.client.fields import body_of, encoded, header_value, path_of
from orchestra.client.groups import D, Group, operation, series
from orchestra.domain.signing import headers_for


class HookedAgent(TypedDict):
    id: str
    name: str


class Hook(TypedDict):
    id: str
    name: str
    agent: HookedAgent
    isActive: bool
    signed: bool
    createdAt: str
    lastUsedAt: NotRequired[str]


class MadeHook(Hook):
    """`token` and `secret` are shown only now; `path` is where to POST to, on this server."""

    token: str
    path: str
    secret: NotRequired[str]


class Hooks(Group[D]):
    @series
    def list(self, *, limit: int | None = None) -> Listing[Hook]:
        """Inbound hooks; all of them, or the first `limit`."""
        return paged(path_of("hooks"), "hooks", limit)

    @operation
    def create(
        self, agent_id: str, name: str, *, signed: bool | None = None, secret: str | None = None
    ) -> Request[MadeHook]:
        """Make an address that starts the agent; a signed one takes only messages signed with its secret."""
        body = body_of(agent_id=agent_id, name=name, signed=signed, secret=secret)
        return Request("POST", path_of("hooks"), body=body)

    @operation
    def get(self, hook_id: str) -> Request[Hook]:
        """The hook, without its token."""
        return Request("GET", path_of("hooks", hook_id))

    @operation
    def update(self, hook_id: str, *, name: str | None = None, is_active: bool | None = None) -> Request[Hook]:
        """Change what is given."""
        return Request("PUT", path_of("hooks", hook_id), body=body_of(name=name, is_active=is_active))

    @operation
    def delete(self, hook_id: str) -> Request[Confirmation]:
        """Delete it; its address is worth nothing from then on."""
        return Request("DELETE", path_of("hooks", hook_id))

    @operation
    def call(
        self, token: str, body: Any, *, message_id: str | None = None, secret: str | None = None
    ) -> Request[Started]:
        """Start the agent behind a token with the body as its input; needs no key.

        The same message starts one execution, however often it is sent; with `secret` it is signed.
        """
        message_id = header_value("message id", message_id or f"msg_{uuid.uuid4().hex}")
        headers = {"webhook-id": message_id}
        if secret is not None:
            headers = headers_for(secret, message_id, int(time.time()), encoded(body))
        return Request("POST", path_of("hooks", token), body=body, headers=headers, is_deduplicated=True)
