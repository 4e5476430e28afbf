"""The command `marketo-sync`: what the ledger knows, for people and for scripts.

Data goes to stdout, errors to stderr; exit status 1 where the ledger cannot be read.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from marketo_sync.errors import SyncError
from marketo_sync.ledger import inspection
from marketo_sync.ledger.database import Missing, connect
from marketo_sync.ledger.inspection import Choice
from marketo_sync.printing import as_json, as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from marketo_sync.ledger.inspection import State

    Command = Callable[..., None]
    Row = dict[str, Any]

TABLE: Final = "table"
JSON: Final = "json"
COUNTED: Final = ("in", "created", "updated", "deleted", "unchanged", "refused", "held")
INSTANCE_COLUMNS: Final = ("instance", "host", "command", "pid", "machine", "since")
CYCLE_COLUMNS: Final = ("id", "instance", "command", "status", "started_at", "finished_at")
OBJECT_COLUMNS: Final = (
    *("instance", "object", "linked", "deleted", "merged", "gone_in_marketo"),
    *("rejects", "pending", "conflicts"),
)
CODE_COLUMNS: Final = ("instance", "object", "code", "rows", "reason")
REJECT_COLUMNS: Final = (
    *("instance", "object", "record_key", "stream", "code", "reason", "request_id"),
    *("attempts", "first_at", "last_at"),
)


def ledger_command(command: Command) -> Command:
    """The options that every command has."""
    for option in (
        click.option("--format", "form", type=click.Choice([TABLE, JSON]), default=TABLE),
        click.option("--instance", help="Only this instance."),
        click.option(
            "--ledger-url",
            required=True,
            envvar="MARKETO_SYNC_LEDGER_URL",
            show_envvar=True,
            help="SQLAlchemy URL, such as sqlite:///marketo-ledger.db.",
        ),
    ):
        command = option(command)
    return command


def reject_command(command: Command) -> Command:
    """The options that pick rejects."""
    for option in (
        click.option("--code", help="Only this code, such as 1006 or local.ambiguous."),
        click.option("--key", "record_key", help="Only this record_key."),
        click.option("--object", help="Only this entry of the mapping."),
    ):
        command = option(command)
    return ledger_command(command)


@click.group()
@click.version_option(package_name="marketo-sync")
def main() -> None:
    """Look into the ledger of target-marketo."""


@main.command()
@ledger_command
def status(ledger_url: str, instance: str | None, form: str) -> None:
    """Show who holds the ledger, the last runs, and what is linked, refused or waiting.

    \b
    marketo-sync status --ledger-url sqlite:///marketo-ledger.db
    """
    with _ledger(ledger_url) as connection:
        found = inspection.state(connection, Choice(instance=instance))
    click.echo(as_json(found) if form == JSON else _readable(found))


@main.group()
def rejects() -> None:
    """Rows that Marketo or a check before it refused."""


@rejects.command("list")
@reject_command
def list_rejects(ledger_url: str, form: str, **chosen: str | None) -> None:
    """List the open rejects; as JSON with each row as it was received.

    \b
    marketo-sync rejects list --ledger-url sqlite:///marketo-ledger.db --code 1006
    """
    with _ledger(ledger_url) as connection:
        found = inspection.open_rejects(connection, Choice(**chosen))
    click.echo(as_json(found) if form == JSON else as_table(found, REJECT_COLUMNS))


@rejects.command()
@reject_command
def retry(ledger_url: str, form: str, **chosen: str | None) -> None:
    """Have the next run of the target send open rejects again, without waiting a day.

    \b
    marketo-sync rejects retry --ledger-url sqlite:///marketo-ledger.db --object contacts
    """
    with _ledger(ledger_url) as connection:
        number = inspection.retry_rejects(connection, Choice(**chosen))
    words = f"{number} rejects go out again with the next run of the target"
    click.echo(as_json({"retried": number}) if form == JSON else words)


@contextmanager
def _ledger(url: str) -> Iterator[Connection]:
    try:
        with connect(url, missing=Missing.REFUSE) as connection:
            yield connection
    except SyncError as error:
        raise click.ClickException(str(error)) from None


def _readable(found: State) -> str:
    tables = (
        as_table(found.instances, INSTANCE_COLUMNS),
        as_table(found.last_cycles, CYCLE_COLUMNS),
        *_last_counts(found.last_cycles),
        as_table(found.objects, OBJECT_COLUMNS),
        as_table(found.open_rejects, CODE_COLUMNS) if found.open_rejects else "no open rejects",
    )
    return "\n\n".join(tables)


def _last_counts(last_cycles: list[Row]) -> Iterator[str]:
    """What the last runs say of their streams, and which fields they left out."""
    for cycle in last_cycles:
        counts = cycle["counts"] or {}
        streams = [{"stream": name, **of} for name, of in counts.get("streams", {}).items()]
        if streams:
            yield as_table(streams, ("stream", *COUNTED))
        if left_out := counts.get("left_out"):
            yield f"left out since they are gone: {', '.join(map(str, left_out))}"
