"""The tables of people, their keys and their sessions."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text, true

from orchestra_storage.schema.base import RowNumber, UtcDateTime, json_column, metadata

users = Table(
    "users",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False, unique=True, index=True),
    Column("role", String, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    Column("password_hash", Text),
    Column("created_at", UtcDateTime, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("hint", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("scopes", json_column()),  # all of its owner's rights if there are none
    Column("expires_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key_id", ForeignKey("api_keys.id", ondelete="CASCADE"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# One row. Triggers raise the value with each change of the tables above that decides who may come in.
people_edition = Table("people_edition", metadata, Column("value", RowNumber, primary_key=True))
