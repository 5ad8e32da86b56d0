"""Webhooks: who wants to be told of what, and how the telling went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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


def wants(wanted: Iterable[str], event: str) -> bool:
    """Whether an event is among those wanted: by its name, by `noun.*`, or by `*`."""
    noun = event.partition(".")[0]
    return not {"*", event, f"{noun}.*"}.isdisjoint(wanted)
