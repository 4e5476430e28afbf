"""All pages of docs/reference/: what each holds, and the function that prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from docs.printer import (
    commands,
    error_codes,
    exit_statuses,
    field_types,
    ledger,
    mapping_file,
    settings,
    simulator,
    streams,
)
from docs.printer.places import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Printed = Mapping[str, str]  # a file's name, and its text

MARK: Final = "<!-- Printed from code by `make docs`. Do not edit this page: change the code. -->"


class Page(NamedTuple):
    """One page: a line for the index, and what prints it."""

    about: str
    print: Callable[[], str]


PAGES: Final[Mapping[str, Page]] = {
    "settings-tap": Page("Settings of tap-marketo", settings.tap),
    "settings-target": Page("Settings of target-marketo", settings.target),
    "streams": Page("Streams of tap-marketo: keys, columns, permissions", streams.page),
    "mapping-file": Page("Keys of the mapping file", mapping_file.page),
    "error-codes": Page("Error codes of Marketo, and our own", error_codes.page),
    "field-types": Page("Field types of Marketo, as they are read and written", field_types.page),
    "ledger": Page("Tables of the ledger", ledger.page),
    "commands": Page("Commands with their options", commands.page),
    "exit-statuses": Page("Exit statuses", exit_statuses.page),
    "simulator": Page("What marketo-simulator lacks, and what it answers", simulator.page),
}


def printed() -> Printed:
    """All pages and the index that leads to them."""
    texts = {"README.md": _index()} | {f"{name}.md": page.print() for name, page in PAGES.items()}
    return {name: f"{MARK}\n\n{text}\n" for name, text in texts.items()}


def stale(printed: Printed) -> list[str]:
    """The files that differ from what is printed now, and those that nothing prints any more.

    Pages without the mark are written by others.
    """
    texts = {file.name: file.read_text() for file in REFERENCE.glob("*.md")}
    kept = {name: text for name, text in texts.items() if text.startswith(MARK)}
    return sorted(
        name for name in kept.keys() | printed.keys() if kept.get(name) != printed.get(name)
    )


def put(name: str, text: str | None) -> None:
    """Write a page; None removes it."""
    file = REFERENCE / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)


def _index() -> str:
    lines = [f"- [{page.about}]({name}.md)" for name, page in PAGES.items()]
    return "# Reference\n\nPrinted from the code by `make docs`.\n\n" + "\n".join(lines)
