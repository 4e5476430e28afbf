"""The command `marketo-sync`: both sides of a table, and what the ledger knows of them.

Data goes to stdout, logs and errors to stderr; exit status 1 where it cannot be done.
"""

from __future__ import annotations

from typing import Final

import click

from marketo_sync.commands.looking import conflicts, explain, rejects, status
from marketo_sync.commands.two_way import plan, reconcile

COMMANDS: Final = (plan, reconcile, status, explain, conflicts, rejects)


@click.group()
@click.version_option(package_name="marketo-sync")
def main() -> None:
    """Bring your tables and Marketo together, and look into the ledger of what was sent."""


for command in COMMANDS:
    main.add_command(command)
