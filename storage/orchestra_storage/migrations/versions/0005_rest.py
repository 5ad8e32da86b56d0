"""Indexes for lists of agents that leave out those being deleted, and for executions of a time range."""

from alembic import op

revision = "0005_rest"
down_revision = "0004_engine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_agents_owner_id_created_at_id"), table_name="agents")
    op.create_index(
        op.f("ix_agents_owner_id_deleting_since_created_at_id"),
        "agents",
        ["owner_id", "deleting_since", "created_at", "id"],
    )
    op.create_index(op.f("ix_agents_deleting_since_created_at_id"), "agents", ["deleting_since", "created_at", "id"])
    op.create_index(op.f("ix_executions_created_at"), "executions", ["created_at"])
