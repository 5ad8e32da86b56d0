"""The tables that hold what is true now."""

from orchestra_storage.schema.automation import (
    inbound_hooks,
    inbound_messages,
    schedules,
    ticks,
    webhook_attempts,
    webhook_deliveries,
    webhooks,
)
from orchestra_storage.schema.base import UtcDateTime, metadata
from orchestra_storage.schema.models import model_aliases, providers
from orchestra_storage.schema.money import budgets, prices, spending, unstored_calls
from orchestra_storage.schema.people import api_keys, sessions, users
from orchestra_storage.schema.work import (
    READY,
    WAITING,
    agent_versions,
    agents,
    attempts,
    configuration_uses,
    configurations,
    deployments,
    executions,
    idempotency_keys,
    leftovers,
    queue_pauses,
    unrecorded,
)

__all__ = [
    "READY",
    "WAITING",
    "UtcDateTime",
    "agent_versions",
    "agents",
    "api_keys",
    "attempts",
    "budgets",
    "configuration_uses",
    "configurations",
    "deployments",
    "executions",
    "idempotency_keys",
    "inbound_hooks",
    "inbound_messages",
    "leftovers",
    "metadata",
    "model_aliases",
    "prices",
    "providers",
    "queue_pauses",
    "schedules",
    "sessions",
    "spending",
    "ticks",
    "unrecorded",
    "unstored_calls",
    "users",
    "webhook_attempts",
    "webhook_deliveries",
    "webhooks",
]
