"""The tables of agents, their versions, configurations and executions."""

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from orchestra_storage.schema.base import RowNumber, UtcDateTime, json_column, metadata

agents = Table(
    "agents",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("framework", String, nullable=False),
    Column("configuration", json_column(), nullable=False),
    Column("tags", json_column(), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("hold", String),  # PAUSED or STOPPED, if its owner wished so
    Column("deleting_since", UtcDateTime),  # nobody sees it any more
    Column("configuration_id", String),  # the saved configuration or the sample that it was made from
    Column("environment", String),  # what its configuration's packages make of its framework's, if it names any
    Column("max_concurrent", Integer),  # of its configuration's limits, so that a claim reads no JSON
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
    Index(None, "owner_id", "deleting_since", "created_at", "id"),
    Index(None, "deleting_since", "created_at", "id"),
)

agent_versions = Table(
    "agent_versions",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("configuration", json_column(), nullable=False),
    Column("author_id", String),  # who made it; also after that person is gone
    Column("created_at", UtcDateTime, nullable=False),
)

configurations = Table(
    "configurations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("framework", String, nullable=False),
    Column("configuration", json_column(), nullable=False),
    Column("is_template", Boolean, nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "owner_id", "created_at"),
)

# Apart from the configurations, because plugins' samples are counted too, and are no rows.
configuration_uses = Table(
    "configuration_uses",
    metadata,
    Column("configuration_id", String, primary_key=True),
    Column("count", Integer, nullable=False),
)

# The rows that a claim may take, and those that wait to be tried again. The words stand in queries as they stand here,
# or SQLite would not use the indexes; and it would prefer that of `status`, if it saw that it could.
READY = "status || '' = 'PENDING' AND cancel_requested_at IS NULL AND next_attempt_at IS NULL"
WAITING = "status || '' = 'PENDING' AND next_attempt_at IS NOT NULL"

executions = Table(
    "executions",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("status", String, nullable=False),
    Column("input", json_column(), nullable=False),
    Column("configuration", json_column(), nullable=False),
    Column("trigger", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("attempt", Integer, nullable=False, default=1),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("cancel_requested_at", UtcDateTime),
    Column("process_pid", Integer),
    Column("process_started", Double),
    Column("output", json_column()),
    Column("reason", Text),
    Column("failure", String),
    Column("tokens_used", BigInteger, nullable=False, default=0),
    Column("model_calls", Integer, nullable=False, server_default="0"),
    Column("cost", Double),  # unknown as soon as that of one call is
    Column("known_cost", Double, nullable=False, server_default="0"),  # of the calls of which it is known
    Column("agent_version", Integer),  # unknown of executions that are older than versions
    Column("retry_of", String),
    Column("schedule_id", String, index=True),
    Column("key_id", String),  # the API key that it was started with
    Column("attempt_started_at", UtcDateTime),
    Column("next_attempt_at", UtcDateTime),  # while it waits to be tried again
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("waiting_for", json_column()),  # the questions to people that are open
    Index(None, "owner_id", "number"),
    Index(None, "agent_id", "number"),
    Index(None, "status", "number"),
    Index(
        "ix_executions_ready",
        "priority",
        "agent_id",
        "number",
        sqlite_where=text(READY),
        postgresql_where=text(READY),
    ),
    Index("ix_executions_waiting", "next_attempt_at", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    # A number is never given twice, also after its execution was deleted: the history is keyed by it.
    sqlite_autoincrement=True,
)

# Executions that have ended here, and may not be in the history yet.
unrecorded = Table(
    "unrecorded",
    metadata,
    Column(
        "number", RowNumber, ForeignKey("executions.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
)

# Attempts that ended without ending their execution; the last one is told by the execution itself.
attempts = Table(
    "attempts",
    metadata,
    Column("execution_number", ForeignKey("executions.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("failure", String),
    Column("reason", Text, nullable=False),
)

# One row while the queue is paused.
queue_pauses = Table(
    "queue_pauses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("paused_by", String, nullable=False),
)

# Frameworks without which no agent of theirs can run, while they are being installed, or after that has failed. A table
# of its own, since every agent of the framework shows it: one that was made meanwhile, in filtered lists, and after a
# restart.
deployments = Table(
    "deployments",
    metadata,
    Column("framework", String, primary_key=True),
    Column("status", String, nullable=False),  # DEPLOYING or ERROR, as agents have it
    Column("reason", Text),
    Column("since", UtcDateTime, nullable=False),
)

# Deleted executions whose logs and files are elsewhere, and may not be gone yet.
leftovers = Table(
    "leftovers",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("execution_id", String, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),  # of the request that the key came with
    Column("execution_id", ForeignKey("executions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
)
