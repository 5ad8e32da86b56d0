"""Ends that the history does not have yet, model calls; keys of runs are derived and not stored any more."""

import sqlalchemy as sa
from alembic import op

revision = "0004_engine"
down_revision = "0003_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unrecorded",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["executions.number"], name=op.f("fk_unrecorded_number_executions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unrecorded")),
    )
    op.add_column("executions", sa.Column("model_calls", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("executions", "gateway_key_hash")
