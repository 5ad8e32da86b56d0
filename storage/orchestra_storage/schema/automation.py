"""The tables of what starts executions and what tells of them: schedules, inbound hooks, webhooks."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from orchestra_storage.schema.base import UtcDateTime, json_column, metadata

schedules = Table(
    "schedules",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("timing", json_column(), nullable=False),  # cron, interval or one time, with zone, jitter, start and end
    Column("overlap", String, nullable=False),
    Column("missed", String, nullable=False),
    Column("missed_limit", Integer, nullable=False),
    Column("input", json_column(), nullable=False),
    Column("configuration", json_column(), nullable=False),
    Column("environment", String, nullable=False),
    Column("is_paused", Boolean, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    # The first tick that is not settled yet; none if no more will come. Null also while it is paused.
    Column("next_due_at", UtcDateTime, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Its key is the promise: whatever fires twice, a due tick has one row, and so at most one execution.
ticks = Table(
    "ticks",
    metadata,
    Column("schedule_id", ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("outcome", String, nullable=False),
    Column("execution_id", String),
    Column("reason", Text),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index(None, "outcome"),
)

inbound_hooks = Table(
    "inbound_hooks",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("secret", Text),  # encrypted; calls must be signed with it if there is one
    Column("is_active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
)

inbound_messages = Table(
    "inbound_messages",
    metadata,
    Column("hook_id", ForeignKey("inbound_hooks.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("execution_id", String, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", json_column(), nullable=False),
    Column("secret", Text, nullable=False),  # encrypted
    Column("is_active", Boolean, nullable=False),
    Column("disabled_reason", Text),
    Column("failing_since", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", String, nullable=False),  # the `webhook-id` header: the same for every attempt
    Column("event", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Index(None, "webhook_id", "created_at"),
    Index(None, "status", "next_attempt_at"),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("attempted_at", UtcDateTime, nullable=False),
    Column("duration_ms", Double, nullable=False),
    Column("status_code", Integer),
    Column("error", Text),
    Column("response", Text),  # its beginning
)
