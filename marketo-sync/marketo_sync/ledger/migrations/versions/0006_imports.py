"""Files of bulk imports, and their rows until these are settled.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "imports",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("batch_id", sa.Text),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "import_rows",
        *(
            sa.Column(name, sa.Text, primary_key=True)
            for name in ("instance", "object", "record_key")
        ),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.JSON, nullable=False),
    )
    op.create_index("import_rows_by_import", "import_rows", ["import_id", "record_key"])
