"""A number that grows with each change of who may come in, so that this need not be asked anew each time."""

import sqlalchemy as sa
from alembic import op

revision = "0009_people_edition"
down_revision = "0008_accounts"
branch_labels = None
depends_on = None

_GROW = "BEGIN UPDATE people_edition SET value = value + 1; END"
# When a key was used last says nothing of whether it still may be.
_DECISIVE = {
    "users": "id, name, role, is_active",
    "api_keys": "id, user_id, name, hash, scopes, expires_at",
    "sessions": "hash, user_id, key_id, expires_at",
}


def upgrade() -> None:
    op.create_table(
        "people_edition",
        sa.Column("value", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_people_edition")),
    )
    op.execute("INSERT INTO people_edition (value) VALUES (1)")
    if op.get_bind().dialect.name != "sqlite":
        return  # nobody asks there
    for table, columns in _DECISIVE.items():
        for event in ("INSERT", "DELETE", f"UPDATE OF {columns}"):
            name = f"edition_{table}_{event.split()[0].lower()}"
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {_GROW}")
