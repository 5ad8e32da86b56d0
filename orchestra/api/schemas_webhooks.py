"""The shapes of webhooks, their deliveries and inbound hooks."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from orchestra.api.schemas import ABSENT, Name, PaginationOut, Shape
from orchestra.domain.hooks import InboundHook
from orchestra.domain.webhooks import Attempt, Delivery, DeliveryStatus, Webhook

Url = Annotated[str, Field(min_length=1, max_length=2000, json_schema_extra={"format": "uri"})]
Events = Annotated[list[str], Field(min_length=1, max_length=50, description="Names such as execution.failed, or *.")]
Secret = Annotated[str, Field(max_length=200, description="whsec_ and the Base64 of 24 to 64 bytes.")]


class WebhookOut(Shape):
    id: str
    url: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    events: list[str]
    is_active: bool
    disabled_reason: str = ABSENT
    failing_since: datetime = ABSENT
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of_webhook(one: Webhook) -> "WebhookOut":
        return WebhookOut.of(
            id=one.id,
            url=one.url,
            events=list(one.events),
            is_active=one.is_active,
            disabled_reason=one.disabled_reason,
            failing_since=one.failing_since,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class WebhooksOut(Shape):
    webhooks: list[WebhookOut]
    pagination: PaginationOut


class CreateWebhookIn(Shape):
    url: Url
    events: Events
    secret: Secret = ABSENT
    is_active: bool = True


class CreatedWebhookOut(Shape):
    id: str
    message: str
    secret: Annotated[str, Field(description="Shown only now.")]
    webhook: WebhookOut


class UpdateWebhookIn(Shape):
    url: Url = ABSENT
    events: Events = ABSENT
    secret: Secret = ABSENT
    is_active: bool = ABSENT


class AttemptOut(Shape):
    number: int
    attempted_at: datetime
    duration: float
    status_code: int = ABSENT
    error: str = ABSENT
    response: Annotated[str, Field(description="The beginning of what was answered.")] = ABSENT

    @staticmethod
    def of_attempt(one: Attempt) -> "AttemptOut":
        return AttemptOut.of(
            number=one.number,
            attempted_at=one.attempted_at,
            duration=round(one.duration_ms, 1),
            status_code=one.status_code,
            error=one.error,
            response=one.response,
        )


class DeliveryOut(Shape):
    id: str
    message_id: str
    event: str
    payload: str
    status: DeliveryStatus
    attempts: list[AttemptOut]
    created_at: datetime
    next_attempt_at: datetime = ABSENT
    completed_at: datetime = ABSENT

    @staticmethod
    def of_delivery(one: Delivery) -> "DeliveryOut":
        return DeliveryOut.of(
            id=one.id,
            message_id=one.message_id,
            event=one.event,
            payload=one.payload,
            status=one.status,
            attempts=[AttemptOut.of_attempt(attempt) for attempt in one.log],
            created_at=one.created_at,
            next_attempt_at=one.next_attempt_at,
            completed_at=one.completed_at,
        )


class DeliveriesOut(Shape):
    deliveries: list[DeliveryOut]
    pagination: PaginationOut


class RedeliverIn(Shape):
    """One delivery, or all that failed for good since a moment."""

    delivery_id: str = ABSENT
    since: Annotated[datetime, Field(strict=False)] = ABSENT


class PostedOut(Shape):
    message: str
    delivery_ids: list[str]


class HookedAgentOut(Shape):
    id: str
    name: str


class HookOut(Shape):
    id: str
    name: str
    agent: HookedAgentOut
    is_active: bool
    signed: bool
    created_at: datetime
    last_used_at: datetime = ABSENT

    @classmethod
    def of_hook(cls, one: InboundHook, **more: Any) -> Any:
        return cls.of(
            id=one.id,
            name=one.name,
            agent=HookedAgentOut(id=one.agent_id, name=one.agent_name),
            is_active=one.is_active,
            signed=one.sealed_secret is not None,
            created_at=one.created_at,
            last_used_at=one.last_used_at,
            **more,
        )


class MadeHookOut(HookOut):
    token: Annotated[str, Field(description="Shown only now.")]
    path: Annotated[str, Field(description="Where to POST to, on this server.")]
    secret: Annotated[str, Field(description="Shown only now; calls must be signed with it.")] = ABSENT


class HooksOut(Shape):
    hooks: list[HookOut]
    pagination: PaginationOut


class CreateHookIn(Shape):
    agent_id: str
    name: Name
    signed: bool = False
    secret: Secret = ABSENT


class UpdateHookIn(Shape):
    name: Name = ABSENT
    is_active: bool = ABSENT
