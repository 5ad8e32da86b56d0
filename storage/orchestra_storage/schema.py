"""The tables that hold what is true now."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in and out, in UTC and to the microsecond; SQLite itself would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored: which moment it is would be a guess.")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


def _json() -> JSON:
    return JSON(none_as_null=True)


# SQLite numbers rows by itself only in a column that is INTEGER to the letter.
_RowNumber = BigInteger().with_variant(Integer(), "sqlite")

users = Table(
    "users",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
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

agents = Table(
    "agents",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("framework", String, nullable=False),
    Column("configuration", _json(), nullable=False),
    Column("tags", _json(), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # Kept in the transaction that moves an execution, so that a list of agents never counts executions.
    Column("total_executions", Integer, nullable=False, default=0),
    Column("successful_executions", Integer, nullable=False, default=0),
    Column("ended_executions", Integer, nullable=False, default=0),
    Column("total_duration_ms", BigInteger, nullable=False, default=0),
    Column("running_executions", Integer, nullable=False, default=0),
    Column("last_ended_status", String),
    Column("last_executed_at", UtcDateTime),
    Index(None, "owner_id", "created_at", "id"),
)

executions = Table(
    "executions",
    metadata,
    Column("number", _RowNumber, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("status", String, nullable=False),
    Column("input", _json(), nullable=False),
    Column("configuration", _json(), nullable=False),
    Column("trigger", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempt", Integer, nullable=False, default=1),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("cancel_requested_at", UtcDateTime),
    Column("process_pid", Integer),
    Column("process_started", Double),
    Column("gateway_key_hash", String),
    Column("output", _json()),
    Column("reason", Text),
    Column("failure", String),
    Column("tokens_used", BigInteger, nullable=False, default=0),
    Column("cost", Double),
    Index(None, "owner_id", "number"),
    Index(None, "agent_id", "number"),
    Index(None, "status", "number"),
    # A number is never given twice, also after its execution was deleted: the history is keyed by it.
    sqlite_autoincrement=True,
)
