"""The tables of who answers model calls: providers, and the names that stand for their models."""

from sqlalchemy import Boolean, Column, Double, Integer, String, Table, Text

from orchestra_storage.schema.base import UtcDateTime, json_column, metadata

providers = Table(
    "providers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("secret", Text),  # encrypted
    Column("key_hint", String),
    Column("formats", json_column()),
    Column("api_version", String),
    Column("timeout_seconds", Double, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("context_tokens", Integer),
    Column("is_active", Boolean, nullable=False),
    Column("models", json_column(), nullable=False),
    Column("listed_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("name", String, primary_key=True),
    Column("routes", json_column(), nullable=False),  # of providers and models, in order of preference
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
