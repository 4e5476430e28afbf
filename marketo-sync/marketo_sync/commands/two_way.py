"""Commands that bring both sides together: what would be done, and doing it."""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from marketo_sync.commands.looking import counts_table
from marketo_sync.commands.options import (
    DATABASE_URL,
    MAPPING_FILE,
    MARKETO_SCHEMA,
    SIGNALLED,
    show,
    told,
    with_options,
)
from marketo_sync.mapping import load_mapping
from marketo_sync.printing import as_table
from marketo_sync.reconcile import Place, StoppedError
from marketo_sync.reconcile import plan as plan_cycle
from marketo_sync.reconcile import reconcile as run_cycle

if TYPE_CHECKING:
    from pathlib import Path

    from marketo_sync.reconcile import Tally

PLAN_COLUMNS: Final = (
    *("object", "record_key", "marketo_id", "action", "field", "rule", "marketo", "database"),
)


@click.command()
@with_options(MAPPING_FILE, DATABASE_URL, MARKETO_SCHEMA)
def plan(mapping_file: Path, database_url: str | None, marketo_schema: str, form: str) -> None:
    """Show what `reconcile` would do, per row and field. Writes nothing and takes no lock.

    \b
    marketo-sync plan --database-url postgresql://sync@localhost/crm
    """
    with told():
        tally = plan_cycle(_place(mapping_file, database_url, marketo_schema))
    lines = [asdict(line) for line in tally.lines]
    counts = _counts(tally)
    table = as_table(lines, PLAN_COLUMNS)
    show(
        form,
        {"objects": counts, "lines": lines},
        f"{table}\n\n{counts_table(counts)}" if lines else counts_table(counts),
    )


@click.command()
@with_options(MAPPING_FILE, DATABASE_URL, MARKETO_SCHEMA)
@click.option(
    "--allow-large", is_flag=True, help="Go on where more changes than `max_changed_percent`."
)
def reconcile(
    mapping_file: Path,
    database_url: str | None,
    marketo_schema: str,
    form: str,
    *,
    allow_large: bool,
) -> None:
    """Bring your tables and Marketo together, field by field: one cycle.

    Reads what tap-marketo has landed, writes your tables and the ledger, and leaves to
    target-marketo what is to be sent.

    \b
    marketo-sync reconcile --database-url postgresql://sync@localhost/crm
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    with told():
        place = _place(mapping_file, database_url, marketo_schema)
        try:
            tally = run_cycle(place, allow_large=allow_large)
        except StoppedError as stopped:
            click.echo(f"Error: {stopped}", err=True)
            sys.exit(SIGNALLED + stopped.number)
    counts = _counts(tally)
    show(form, {"objects": counts}, counts_table(counts))


def _place(mapping_file: Path, database_url: str | None, marketo_schema: str) -> Place:
    if database_url is None:
        raise click.UsageError("Say where your tables are: --database-url.")
    return Place(database_url, load_mapping(mapping_file), marketo_schema)


def _counts(tally: Tally) -> dict[str, dict[str, int]]:
    return {name: counts for name in sorted(tally.counts) if (counts := tally.of(name))}
