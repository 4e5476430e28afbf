"""One connection to the ledger's database, with its tables made or upgraded.

The only place that knows how SQLite and Postgres differ in opening, locking and migrating.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
from alembic import command as alembic_command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from marketo_sync.ledger.errors import LedgerLostError, LedgerUrlError, LedgerVersionError
from marketo_sync.ledger.tables import SCHEMA, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL
    from sqlalchemy.engine import ExceptionContext

log = logging.getLogger(__name__)
logging.getLogger(MigrationContext.__module__).setLevel(logging.WARNING)  # a line at every opening

BUSY_SECONDS: Final = 60  # how long SQLite waits for another writer, such as `rejects retry`
MIGRATION_LOCK: Final = 0x6D6B746F  # any number that other users of the database do not take
PRIVATE: Final = 0o600  # a ledger holds people's data
AS_IT_IS: Final = "as_it_is"  # execution option of statements that are not about the ledger
NO_SCHEMA: Final = {SCHEMA: None}
TEMPORARY: Final = "pg_temp"  # Postgres' name of the session's own schema


class Missing(Enum):
    """What to do where there is no ledger yet."""

    CREATE = auto()
    REFUSE = auto()
    IMAGINE = auto()
    """Look at an empty one, of tables that end with the connection. Postgres only."""


@contextmanager
def connect(url: str, *, missing: Missing) -> Iterator[Connection]:
    """A connection to an upgraded ledger.

    Raises LedgerUrlError where the URL leads nowhere, LedgerVersionError where the ledger is newer
    than this program.
    """
    place = _parse(url)
    if place.get_backend_name() == "sqlite":
        _prepare_file(place, missing)
    with _engine(place).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("pragma journal_mode=wal")
            connection.rollback()
        if missing is Missing.IMAGINE and not _has_ledger(connection):
            _imagine(connection)
        else:
            _upgrade(connection, missing)
        yield connection


def _engine(place: URL) -> Engine:
    sqlite = place.get_backend_name() == "sqlite"
    engine = create_engine(
        place,
        poolclass=NullPool,
        hide_parameters=True,  # they are people's data
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={"timeout": BUSY_SECONDS} if sqlite else {},
        execution_options={"schema_translate_map": NO_SCHEMA} if sqlite else {},
    )
    event.listen(engine, "handle_error", _explain)
    return engine


def _explain(context: ExceptionContext) -> None:
    """What the database's server, disk or rights refuse, as a sentence; bugs stay as they are."""
    if not isinstance(context.sqlalchemy_exception, OperationalError | ProgrammingError):
        return
    options = context.execution_context.execution_options if context.execution_context else {}
    if options.get(AS_IT_IS):
        return
    reason = str(context.original_exception).partition("\n")[0]
    if context.connection is None:
        raise LedgerUrlError(f"ledger_url: the ledger cannot be opened: {reason}")
    raise LedgerLostError(f"the ledger cannot be used, so the run stops: {reason}")


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """One view of the ledger. A lost connection is not renewed: the lock went with it."""
    if connection.invalidated:
        raise LedgerLostError("the connection to the ledger, and with it the lock, was lost")
    with connection.begin():
        yield


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing, DDL included; SQLite waits for other writers here and nowhere later."""
    with reading(connection):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("begin immediate")
        yield


def sqlite_file(place: URL) -> Path:
    """The file of a SQLite URL."""
    return Path(place.database or "")


def _parse(url: str) -> URL:
    try:
        place = make_url(url)
        backend = place.get_backend_name()
        place.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise LedgerUrlError("ledger_url is no SQLAlchemy URL; write sqlite:///<file>") from None
    if backend not in ("sqlite", "postgresql"):
        raise LedgerUrlError(f"ledger_url: a ledger lives in SQLite or Postgres, not {backend}")
    if backend == "sqlite" and place.database in (None, "", ":memory:"):
        raise LedgerUrlError("ledger_url: name a file (sqlite:///<file>), or `none` for no ledger")
    return place


def _shown(place: URL) -> str:
    return place.render_as_string(hide_password=True)


def _no_ledger(place: URL) -> LedgerUrlError:
    return LedgerUrlError(f"ledger_url: there is no ledger at {_shown(place)}")


def _prepare_file(place: URL, missing: Missing) -> None:
    file = sqlite_file(place)
    if file.exists():
        return
    if missing is Missing.REFUSE:
        raise _no_ledger(place)
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, PRIVATE))
    except OSError as error:
        raise LedgerUrlError(f"ledger_url: {file} cannot be made: {error.strerror}") from None


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _upgrade(connection: Connection, missing: Missing) -> None:
    config = Config()
    config.set_main_option("script_location", "marketo_sync:ledger/migrations")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    with reading(connection):
        found = _revision(connection)
    if found == script.get_current_head():
        return
    if found is None and missing is Missing.REFUSE:
        raise _no_ledger(connection.engine.url)
    with _migration_lock(connection):
        found = _revision(connection)
        if found and found not in {known.revision for known in script.walk_revisions()}:
            raise LedgerVersionError(
                f"a newer marketo-sync has upgraded this ledger (to {found}): install that version"
            )
        alembic_command.upgrade(config, "head")
        log.info("ledger: upgraded from %s to %s", found or "nothing", script.get_current_head())


def _has_ledger(connection: Connection) -> bool:
    with reading(connection):
        return _revision(connection) is not None


def _imagine(connection: Connection) -> None:
    """An empty ledger that nobody else sees, for as long as the connection lasts."""
    connection.execution_options(schema_translate_map={SCHEMA: TEMPORARY})
    with transaction(connection):
        metadata.create_all(connection, checkfirst=False)


def _revision(connection: Connection) -> str | None:
    sqlite = connection.dialect.name == "sqlite"
    options = {"version_table_schema": None if sqlite else SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


@contextmanager
def _migration_lock(connection: Connection) -> Iterator[None]:
    """Two processes that meet a new or old ledger upgrade it one after the other."""
    with transaction(connection):
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            if not inspect(connection).has_schema(SCHEMA):
                connection.execute(CreateSchema(SCHEMA))
        yield
