"""Webhooks: who is told what happens, and what was sent to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request, paged
from orchestra.client.executions import Confirmation
from orchestra.client.fields import body_of, path_of
from orchestra.client.groups import D, Group, operation, series

DeliveryStatus = Literal["pending", "delivered", "failed"]


class Webhook(TypedDict):
    id: str
    url: str
    events: list[str]
    isActive: bool
    disabledReason: NotRequired[str]
    failingSince: NotRequired[str]
    createdAt: str
    updatedAt: str


class CreatedWebhook(TypedDict):
    """`secret` is shown only now."""

    id: str
    message: str
    secret: str
    webhook: Webhook


class Attempt(TypedDict):
    """`duration` is in milliseconds, `response` the beginning of what was answered."""

    number: int
    attemptedAt: str
    duration: float
    statusCode: NotRequired[int]
    error: NotRequired[str]
    response: NotRequired[str]


class Delivery(TypedDict):
    id: str
    messageId: str
    event: str
    payload: str
    status: DeliveryStatus
    attempts: list[Attempt]
    createdAt: str
    nextAttemptAt: NotRequired[str]
    completedAt: NotRequired[str]


class Posted(TypedDict):
    message: str
    deliveryIds: list[str]


class Webhooks(Group[D]):
    @series
    def list(self, *, limit: int | None = None) -> Listing[Webhook]:
        """Webhooks; all of them, or the first `limit`."""
        return paged(path_of("webhooks"), "webhooks", limit)

    @operation
    def create(
        self, url: str, events: Sequence[str], *, secret: str | None = None, is_active: bool | None = None
    ) -> Request[CreatedWebhook]:
        """Have these events sent to that address; the secret is in the answer, and only there."""
        body = body_of(url=url, events=events, secret=secret, is_active=is_active)
        return Request("POST", path_of("webhooks"), body=body)

    @operation
    def get(self, webhook_id: str) -> Request[Webhook]:
        """The webhook."""
        return Request("GET", path_of("webhooks", webhook_id))

    @operation
    def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        secret: str | None = None,
        is_active: bool | None = None,
    ) -> Request[Webhook]:
        """Change what is given."""
        body = body_of(url=url, events=events, secret=secret, is_active=is_active)
        return Request("PUT", path_of("webhooks", webhook_id), body=body)

    @operation
    def delete(self, webhook_id: str) -> Request[Confirmation]:
        """Delete it, with its log of deliveries."""
        return Request("DELETE", path_of("webhooks", webhook_id))

    @series
    def deliveries(
        self, webhook_id: str, *, status: DeliveryStatus | None = None, limit: int | None = None
    ) -> Listing[Delivery]:
        """What was sent to it, with each attempt."""
        return paged(path_of("webhooks", webhook_id, "deliveries"), "deliveries", limit, {"status": status})

    @operation
    def test(self, webhook_id: str) -> Request[Posted]:
        """Send it a test message."""
        return Request("POST", path_of("webhooks", webhook_id, "test"))

    @operation
    def redeliver(
        self, webhook_id: str, *, delivery_id: str | None = None, since: str | datetime | None = None
    ) -> Request[Posted]:
        """Send one delivery once more, or all that failed for good since a moment."""
        body = body_of(delivery_id=delivery_id, since=since)
        return Request("POST", path_of("webhooks", webhook_id, "redeliver"), body=body)
