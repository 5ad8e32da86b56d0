"""The tables of what models cost and what may be spent on them."""

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, LargeBinary, String, Table, Text

from orchestra_storage.schema.base import UtcDateTime, json_column, metadata

prices = Table(
    "prices",
    metadata,
    Column("id", String, primary_key=True),
    Column("model", String, nullable=False),
    Column("provider", String, nullable=False),  # its id, name or kind; empty for all
    # Decimal numbers as texts, since SQLite has none: dollars per million tokens.
    Column("input", String, nullable=False),
    Column("output", String, nullable=False),
    Column("cached", String),
    Column("cache_written", String),
    Column("note", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_prices_model_provider", "model", "provider", unique=True),
)

budgets = Table(
    "budgets",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", String, nullable=False, index=True),
    Column("author_id", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", String, nullable=False),
    Column("subject_id", String, index=True),  # the agent, schedule or key; it may be gone
    Column("period", String, nullable=False),
    Column("max_cost", Double),
    Column("max_tokens", BigInteger),
    Column("max_calls", BigInteger),
    Column("warn_percent", Double, nullable=False),
    Column("warned_at", UtcDateTime),
    Column("used_up_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# What model calls add up to, by day (UTC) and by whom they count for; written in the transaction that adds them to
# their execution. No foreign keys: what was spent stays spent when an agent is deleted.
spending = Table(
    "spending",
    metadata,
    Column("day", Date, primary_key=True),
    Column("owner_id", String, primary_key=True),
    Column("agent_id", String, primary_key=True),
    Column("schedule_id", String, primary_key=True),  # empty without one
    Column("key_id", String, primary_key=True),  # empty without one
    Column("cost", Double, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("calls", Integer, nullable=False),
)

# Model calls that were settled and may not be in the history yet.
unstored_calls = Table(
    "unstored_calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", BigInteger, nullable=False, index=True),
    Column("facts", json_column(), nullable=False),
    Column("request", LargeBinary),
    Column("reply", LargeBinary),
    Column("started_at", UtcDateTime, nullable=False, index=True),
)
