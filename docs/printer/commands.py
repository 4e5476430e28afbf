"""Every command with its help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import marketo_client.cli.main
import marketo_simulator.cli
import marketo_sync.cli
from tap_marketo.tap import TapMarketo
from target_marketo.target import TargetMarketo

from docs.printer.markdown import block, code, sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAMS: Final[Mapping[str, click.Command]] = {
    "tap-marketo": TapMarketo.cli,
    "target-marketo": TargetMarketo.cli,
    "marketo-sync": marketo_sync.cli.main,
    "marketo": marketo_client.cli.main.main,
    "marketo-simulator": marketo_simulator.cli.main,
}
WIDTH: Final = 88  # characters of a line of help


def page() -> str:
    """The page on commands."""
    return sections(
        "# Commands",
        "Data goes to stdout, logs and errors to stderr; what the exit status means is in"
        " [exit statuses](exit-statuses.md).",
        *(_help(path, command) for path, command in _commands()),
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    for program, command in PROGRAMS.items():
        yield from _with_subcommands(program, command)


def _with_subcommands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _with_subcommands(f"{path} {name}", each)


def _help(path: str, command: click.Command) -> str:
    level = "#" * (path.count(" ") + 2)
    context = click.Context(command, info_name=path, terminal_width=WIDTH)
    return f"{level} {code(path)}\n\n{block(command.get_help(context))}"
