"""Commands that look into a ledger: its state, rejects, conflicts, and where a value is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from marketo_sync.commands.options import (
    CODE,
    FIELD,
    KEY,
    OBJECT,
    ledger_command,
    show,
    the_ledger,
)
from marketo_sync.ledger import inspection
from marketo_sync.ledger.inspection import Choice
from marketo_sync.printing import as_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_sync.ledger.inspection import State

    Row = dict[str, Any]

COUNTED: Final = ("in", "created", "updated", "deleted", "unchanged", "refused", "held")
INSTANCE_COLUMNS: Final = ("instance", "host", "command", "pid", "machine", "since")
CYCLE_COLUMNS: Final = ("id", "instance", "command", "status", "started_at", "finished_at")
OBJECT_COLUMNS: Final = (
    *("instance", "object", "linked", "deleted", "merged", "gone_in_marketo"),
    *("rejects", "pending", "conflicts", "drifted"),
)
CODE_COLUMNS: Final = ("instance", "object", "code", "rows", "reason")
REJECT_COLUMNS: Final = (
    *("instance", "object", "record_key", "stream", "code", "reason", "request_id"),
    *("attempts", "first_at", "last_at"),
)
CONFLICT_COLUMNS: Final = (
    *("instance", "object", "record_key", "field", "policy", "marketo_value", "database_value"),
    *("marketo_at", "database_at", "winner"),
)
NO_REJECTS: Final = "no open rejects"
CHANGE_COLUMNS: Final = ("at", "cycle", "field", "side", "old", "new", "rule")


@click.command()
@ledger_command()
def status(
    ledger_url: str | None, database_url: str | None, instance: str | None, form: str
) -> None:
    """Show who holds the ledger, the last runs, and what is linked, refused or waiting.

    \b
    marketo-sync status --ledger-url sqlite:///marketo-ledger.db
    """
    with the_ledger(ledger_url, database_url) as connection:
        found = inspection.state(connection, Choice(instance=instance))
    show(form, found, _readable(found))


@click.command()
@click.argument("object")
@click.argument("record_key", metavar="KEY")
@ledger_command(FIELD)
def explain(
    ledger_url: str | None, database_url: str | None, form: str, **chosen: str | None
) -> None:
    """Show which cycle and rule put a value where it is, oldest first.

    \b
    marketo-sync explain contacts 17 --field title
    """
    with the_ledger(ledger_url, database_url) as connection:
        found = inspection.history(connection, Choice(**chosen))
    what = f"{chosen['field'] or 'anything'} of {chosen['object']} {chosen['record_key']}"
    table = as_table(found, CHANGE_COLUMNS) if found else f"no run has written {what}"
    show(form, found, table)


@click.group()
def conflicts() -> None:
    """Fields that both sides have changed."""


@conflicts.command("list")
@ledger_command(OBJECT, KEY, FIELD)
@click.option("--all", "decided", is_flag=True, help="Decided ones too.")
def list_conflicts(
    ledger_url: str | None,
    database_url: str | None,
    form: str,
    *,
    decided: bool,
    **chosen: str | None,
) -> None:
    """List open conflicts: what each side shows, and since when.

    \b
    marketo-sync conflicts list --object contacts
    """
    with the_ledger(ledger_url, database_url) as connection:
        found = inspection.found_conflicts(connection, Choice(**chosen), decided=decided)
    show(form, found, as_table(found, CONFLICT_COLUMNS) if found else "no open conflicts")


@conflicts.command()
@ledger_command(OBJECT, KEY, FIELD)
@click.option(
    "--winner",
    required=True,
    type=click.Choice(["marketo", "database"]),
    help="Whose value the next cycle gives to the other side.",
)
def resolve(
    ledger_url: str | None, database_url: str | None, form: str, winner: str, **chosen: str | None
) -> None:
    """Decide open conflicts; the next `reconcile` acts on it, unless the losing side moves again.

    \b
    marketo-sync conflicts resolve --object contacts --key 17 --winner marketo
    """
    with the_ledger(ledger_url, database_url) as connection:
        number = inspection.resolve_conflicts(connection, Choice(**chosen), winner)
    words = f"{number} conflicts are decided for {winner}; the next reconcile acts on them"
    show(form, {"resolved": number}, words)


@click.group()
def rejects() -> None:
    """Rows that Marketo, the database or a check before them refused."""


@rejects.command("list")
@ledger_command(OBJECT, KEY, CODE)
def list_rejects(
    ledger_url: str | None, database_url: str | None, form: str, **chosen: str | None
) -> None:
    """List the open rejects; as JSON with each row as it was received.

    \b
    marketo-sync rejects list --ledger-url sqlite:///marketo-ledger.db --code 1006
    """
    with the_ledger(ledger_url, database_url) as connection:
        found = inspection.open_rejects(connection, Choice(**chosen))
    show(form, found, as_table(found, REJECT_COLUMNS) if found else NO_REJECTS)


@rejects.command()
@ledger_command(OBJECT, KEY, CODE)
def retry(
    ledger_url: str | None, database_url: str | None, form: str, **chosen: str | None
) -> None:
    """Have the next run of the target send open rejects again, without waiting a day.

    \b
    marketo-sync rejects retry --ledger-url sqlite:///marketo-ledger.db --object contacts
    """
    with the_ledger(ledger_url, database_url) as connection:
        number = inspection.retry_rejects(connection, Choice(**chosen))
    words = f"{number} rejects go out again with the next run of the target"
    show(form, {"retried": number}, words)


def _readable(found: State) -> str:
    tables = (
        as_table(found.instances, INSTANCE_COLUMNS),
        as_table(list(map(_told, found.last_cycles)), CYCLE_COLUMNS),
        *_last_counts(found.last_cycles),
        as_table(found.objects, OBJECT_COLUMNS),
        as_table(found.open_rejects, CODE_COLUMNS) if found.open_rejects else NO_REJECTS,
    )
    return "\n\n".join(tables)


def _told(cycle: Row) -> Row:
    """A run as it is shown: a dry one has written nothing of what it counts."""
    is_dry = (cycle["counts"] or {}).get("dry_run")
    return {**cycle, "status": f"{cycle['status']} (dry run)"} if is_dry else cycle


def _last_counts(last_cycles: list[Row]) -> Iterator[str]:
    """What the last runs say of their streams and objects, and which fields they left out."""
    for cycle in last_cycles:
        counts = cycle["counts"] or {}
        streams = [{"stream": name, **of} for name, of in counts.get("streams", {}).items()]
        if streams:
            yield as_table(streams, ("stream", *COUNTED))
        if objects := counts.get("objects"):
            yield counts_table(objects)
        if left_out := counts.get("left_out"):
            yield f"left out since they are gone: {', '.join(map(str, left_out))}"


def counts_table(objects: dict[str, dict[str, int]]) -> str:
    """What a run of `reconcile` has counted, a line per object."""
    names = list(dict.fromkeys(name for of in objects.values() for name in of))
    if not names:
        return "both sides agree: nothing to do"
    return as_table([{"object": name, **of} for name, of in objects.items()], ["object", *names])
