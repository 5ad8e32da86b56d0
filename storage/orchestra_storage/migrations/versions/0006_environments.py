"""Frameworks that are being installed, or could not be."""

import sqlalchemy as sa
from alembic import op

revision = "0006_environments"
down_revision = "0005_rest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deployments",
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("framework", name=op.f("pk_deployments")),
    )
