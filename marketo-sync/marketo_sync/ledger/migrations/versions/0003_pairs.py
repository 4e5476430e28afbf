"""What the reconciler remembers: the pairs it has seen, how far it has read, conflicts applied.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them. The reconciler knows no endpoint, so an instance may be without its host."""
    op.create_table(
        "pairs",
        *_key("instance", "object", "record_key"),
        sa.Column("row_digest", sa.Text),
        sa.Column("landed_digest", sa.Text),
        sa.Column("pushed_at", INSTANT),
        sa.Column("edits", sa.JSON),
        sa.Column("written_at", INSTANT),
        sa.Column("drifted", sa.Integer, nullable=False),
    )
    op.create_table(
        "bookmarks",
        *_key("instance", "stream"),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.add_column("conflicts", sa.Column("applied_at", INSTANT))
    with op.batch_alter_table("instances") as instances:
        instances.alter_column("host", existing_type=sa.Text, nullable=True)


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]
