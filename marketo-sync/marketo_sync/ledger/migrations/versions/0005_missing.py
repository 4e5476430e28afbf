"""Rows that one version of their table lacked: they go when the next one lacks them too.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the mark."""
    op.add_column("records", sa.Column("missing_version", sa.Text))
