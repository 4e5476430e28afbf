"""Runs the migrations on the connection and in the transaction that the ledger opened.

On Postgres the search path puts every table into the ledger's schema, so that the migrations
name none; SQLite has no schemas.
"""

from __future__ import annotations

from alembic import context
from marketo_sync.ledger.tables import SCHEMA

connection = context.config.attributes["connection"]
postgres = connection.dialect.name == "postgresql"
if postgres:
    connection.exec_driver_sql(f"set local search_path to {SCHEMA}")
context.configure(connection=connection, version_table_schema=SCHEMA if postgres else None)
context.run_migrations()
