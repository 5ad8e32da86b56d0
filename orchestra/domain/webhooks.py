"""Webhooks: who wants to be told of what, and how the telling went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

EVENTS = (
    "execution.started",
    "execution.completed",
    "execution.failed",
    "execution.cancelled",
    "execution.timeout",
    "agent.created",
    "agent.updated",
    "agent.deleted",
    "agent.status_changed",
    "schedule.missed",
    "budget.warning",
    "budget.used_up",
    "system.started",
    "system.stopping",
    "system.slept",
    "system.clock_set",
    "system.webhook_disabled",
    "system.test",
)
WANTED = frozenset({"*", *EVENTS, *(f"{event.partition('.')[0]}.*" for event in EVENTS)})


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that webhooks may tell of; `owner_id` is whose it is, None for the system's own."""

    event: str
    owner_id: str | None
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint; `sealed_secret` is encrypted, `failing_since` is None while deliveries arrive."""

    id: str
    owner_id: str
    url: str
    events: Sequence[str]
    sealed_secret: str
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    disabled_reason: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver; without a status code, `error` says why there was no answer."""

    number: int
    attempted_at: datetime
    duration_ms: float
    status_code: int | None = None
    error: str | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one endpoint; `message_id` is the same however often it is sent."""

    id: str
    webhook_id: str
    message_id: str
    event: str
    payload: str
    status: DeliveryStatus
    created_at: datetime
    attempts: int = 0
    next_attempt_at: datetime | None = None
    completed_at: datetime | None = None
    log: Sequence[Attempt] = ()


def wants(wanted: Iterable[str], event: str) -> bool:
    """Whether an event is among those wanted: by its name, by `noun.*`, or by `*`."""
    noun = event.partition(".")[0]
    return not {"*", event, f"{noun}.*"}.isdisjoint(wanted)
