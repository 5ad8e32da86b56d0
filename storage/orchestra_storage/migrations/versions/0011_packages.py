"""What an agent needs that asks for packages beside its framework's."""

import sqlalchemy as sa
from alembic import op

revision = "0011_packages"
down_revision = "0009_people_edition"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agents") as table:
        table.add_column(sa.Column("environment", sa.String()))
