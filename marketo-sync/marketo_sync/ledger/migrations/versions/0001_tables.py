"""The tables that users read.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    _records()
    _rejects()
    _conflicts()
    _pending()
    _changes()
    _cycles()


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


def _texts(*names: str, nullable: bool) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _records() -> None:
    op.create_table(
        "records",
        *_key("instance", "object", "record_key"),
        sa.Column("marketo_id", sa.Text),
        sa.Column("base", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("pushed_at", INSTANT),
        sa.Column("pulled_at", INSTANT),
    )


def _rejects() -> None:
    op.create_table(
        "rejects",
        *_key("instance", "object", "record_key"),
        *_texts("stream", "code", nullable=False),
        *_texts("reason", "request_id", nullable=True),
        sa.Column("payload", sa.JSON),
        sa.Column("digest", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT),
    )


def _conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", SERIAL, primary_key=True),
        *_texts("instance", "object", "record_key", nullable=False),
        sa.Column("marketo_id", sa.Text),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("base_value", sa.JSON),
        sa.Column("marketo_value", sa.JSON),
        sa.Column("database_value", sa.JSON),
        sa.Column("marketo_at", INSTANT),
        sa.Column("database_at", INSTANT),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("winner", sa.Text),
        sa.Column("decided_at", INSTANT),
    )
    op.create_index("conflicts_by_record", "conflicts", ["instance", "object", "record_key"])


def _pending() -> None:
    op.create_table(
        "pending",
        *_key("instance", "object", "record_key"),
        sa.Column("row", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", SERIAL, primary_key=True),
        *_texts("instance", "object", "record_key", "field", "side", nullable=False),
        sa.Column("old", sa.JSON),
        sa.Column("new", sa.JSON),
        sa.Column("rule", sa.Text),
        sa.Column("cycle", sa.BigInteger, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("changes_by_record", "changes", ["instance", "object", "record_key"])


def _cycles() -> None:
    op.create_table(
        "cycles",
        sa.Column("id", SERIAL, primary_key=True),
        *_texts("instance", "command", nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("counts", sa.JSON),
    )
