"""What the target looks up: digests, owners of Marketo ids, endpoint hosts, known fields.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

FIELDS_OF_BASES = """
    INSERT INTO known_fields (instance, object, field)
    SELECT DISTINCT records.instance, records.object, base_field.key
    FROM records, json_each(records.base) AS base_field
"""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them; records of older ledgers have no digest and are compared once by their base."""
    op.add_column("records", sa.Column("digest", sa.Text))
    op.create_index("records_by_marketo_id", "records", ["instance", "object", "marketo_id"])
    op.create_table(
        "instances",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("command", sa.Text),
        sa.Column("pid", sa.Integer),
        sa.Column("machine", sa.Text),
        sa.Column("since", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "known_fields",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
    )
    op.execute(FIELDS_OF_BASES)
