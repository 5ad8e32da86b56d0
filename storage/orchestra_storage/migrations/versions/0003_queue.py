"""Attempts, priorities, the queue's indexes and its pause, questions to people."""

import sqlalchemy as sa
from alembic import op

revision = "0003_queue"
down_revision = "0002_contract"
branch_labels = None
depends_on = None

_READY = "status || '' = 'PENDING' AND cancel_requested_at IS NULL AND next_attempt_at IS NULL"
_WAITING = "status || '' = 'PENDING' AND next_attempt_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("agents", sa.Column("max_concurrent", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    _widen_executions()
    op.create_table(
        "attempts",
        sa.Column("execution_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _time("started_at", nullable=True),
        _time("ended_at"),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_number"],
            ["executions.number"],
            name=op.f("fk_attempts_execution_number_executions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("execution_number", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "queue_pauses",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _time("paused_at"),
        sa.Column("paused_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_pauses")),
    )


def _widen_executions() -> None:
    op.add_column("executions", _time("attempt_started_at", nullable=True))
    op.add_column("executions", _time("next_attempt_at", nullable=True))
    op.add_column("executions", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("waiting_for", sa.JSON(), nullable=True))
    op.create_index(
        "ix_executions_ready",
        "executions",
        ["priority", "agent_id", "number"],
        sqlite_where=sa.text(_READY),
        postgresql_where=sa.text(_READY),
    )
    op.create_index(
        "ix_executions_waiting",
        "executions",
        ["next_attempt_at"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
