"""Options that commands share, and how an error reaches whoever typed one."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from marketo_sync.errors import SyncError
from marketo_sync.ledger.database import Missing, connect
from marketo_sync.printing import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    Command = Callable[..., None]
    Option = Callable[[Command], Command]

TABLE: Final = "table"
JSON: Final = "json"
SIGNALLED: Final = 128  # added to the number of a signal

FORMAT: Final = click.option("--format", "form", type=click.Choice([TABLE, JSON]), default=TABLE)
INSTANCE: Final = click.option("--instance", help="Only this instance.")
OBJECT: Final = click.option("--object", help="Only this entry of the mapping.")
KEY: Final = click.option("--key", "record_key", help="Only this record_key.")
FIELD: Final = click.option("--field", help="Only this field, by Marketo's name.")
CODE: Final = click.option("--code", help="Only this code, such as 1006 or local.ambiguous.")
DATABASE_URL: Final = click.option(
    "--database-url",
    envvar="MARKETO_SYNC_DATABASE_URL",
    show_envvar=True,
    help="Postgres with your tables and the two-way ledger: postgresql://user:password@host/name.",
)
LEDGER_URL: Final = click.option(
    "--ledger-url",
    envvar="MARKETO_SYNC_LEDGER_URL",
    show_envvar=True,
    help="Of a one-way ledger: SQLAlchemy URL, such as sqlite:///marketo-ledger.db.",
)
MAPPING_FILE: Final = click.option(
    "--mapping-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="MARKETO_SYNC_MAPPING_FILE",
    show_envvar=True,
    default="marketo-mapping.yml",
    show_default=True,
    help="What each table is in Marketo.",
)
MARKETO_SCHEMA: Final = click.option(
    "--marketo-schema",
    envvar="MARKETO_SYNC_MARKETO_SCHEMA",
    show_envvar=True,
    default="marketo",
    show_default=True,
    help="Schema into which tap-marketo's loader writes.",
)


def with_options(*options: Option) -> Option:
    """A command with these options, in this order, and `--format` behind them."""

    def add(command: Command) -> Command:
        decorators: tuple[Option, ...] = (FORMAT, *reversed(options))
        for option in decorators:
            command = option(command)
        return command

    return add


def ledger_command(*options: Option) -> Option:
    """A command that looks into a ledger, two-way or one-way."""
    return with_options(LEDGER_URL, DATABASE_URL, INSTANCE, *options)


@contextmanager
def the_ledger(ledger_url: str | None, database_url: str | None) -> Iterator[Connection]:
    """The ledger that is meant; `--ledger-url` counts where both are given."""
    url = ledger_url or database_url
    if url is None:
        raise click.UsageError(
            "Say where the ledger is: --database-url for two-way, --ledger-url for one-way."
        )
    with told(), connect(url, missing=Missing.REFUSE) as connection:
        yield connection


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong is a sentence on stderr and exit status 1."""
    try:
        yield
    except SyncError as error:
        raise click.ClickException(str(error)) from None


def show(form: str, value: Any, words: str) -> None:  # noqa: ANN401 - any JSON
    """The value as JSON, or the words."""
    click.echo(as_json(value) if form == JSON else words)
