"""Every command with its help, from the programs that the five parts install."""

from __future__ import annotations

from importlib.metadata import distribution
from typing import TYPE_CHECKING, Final

import click

from docs.printer.markdown import block, code, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS: Final = (
    *("tap-marketo", "target-marketo", "marketo-sync", "marketo-client", "marketo-simulator"),
)
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
    for part in PARTS:
        for program in distribution(part).entry_points.select(group="console_scripts"):
            yield from _with_subcommands(program.name, program.load())


def _with_subcommands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _with_subcommands(f"{path} {name}", each)


def _help(path: str, command: click.Command) -> str:
    level = "#" * (path.count(" ") + 2)
    context = click.Context(command, info_name=path, terminal_width=WIDTH)
    return f"{level} {code(path)}\n\n{block(command.get_help(context))}"
