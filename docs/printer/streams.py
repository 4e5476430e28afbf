"""The streams of the tap, as it discovers them in a simulated Marketo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tap_marketo.stream import MarketoStream
from tap_marketo.streams.activities import ActivityTypeStream
from tap_marketo.streams.leads import LeadsStream
from tap_marketo.tap import TapMarketo

from demo import simulator
from docs.printer.markdown import code, codes, first_line, sections, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOW: Final = "2026-11-24T10:00:00Z"
ONE_PER_TYPE: Final = "activity_<type>"
EXAMPLE: Final = "activity_click_email"
HEADER: Final = ("stream", "key", "replication", "calls", "permissions")


def page() -> str:
    """The page on streams."""
    found = {_name(stream): stream for stream in _discovered()}
    return sections(
        "# Streams of tap-marketo",
        "Discovery itself asks for Read-Only Lead and Read-Only Activity, whatever is selected."
        " Read-Only Assets tells how old the instance is; without it, and without `start_date`,"
        " the first run starts in 2007. `lead_fields` does without Read-Only Company:"
        " `isCompanyField` is null then.",
        table(HEADER, [_row(name, stream) for name, stream in found.items()]),
        "Streams marked with * are not selected by default. Keys are never null; every other"
        " column may be. Date-times are UTC with `Z`.",
        *(_columns(name, stream) for name, stream in found.items()),
    )


def _discovered() -> list[MarketoStream]:
    """All streams of an instance without records; of those per activity type, the example."""
    with (
        tempfile.TemporaryDirectory() as folder,
        simulator.running(Path(folder) / "log", "--profile", "empty", "--now", NOW) as marketo,
    ):
        connection = ("endpoint", "client_id", "client_secret")
        tap = TapMarketo(config={name: getattr(marketo, name) for name in connection})
        every = [each for each in tap.streams.values() if isinstance(each, MarketoStream)]
    return [
        each for each in every if not isinstance(each, ActivityTypeStream) or each.name == EXAMPLE
    ]


def _name(stream: MarketoStream) -> str:
    return ONE_PER_TYPE if isinstance(stream, ActivityTypeStream) else stream.name


def _row(name: str, stream: MarketoStream) -> tuple[str, ...]:
    key = stream.replication_key
    return (
        code(name) + ("" if stream.selected_by_default else " *"),
        codes(stream.primary_keys),
        f"{stream.replication_method}{f' {code(key)}' if key else ''}",
        ", ".join(stream.calls),
        ", ".join(stream.permissions),
    )


def _columns(name: str, stream: MarketoStream) -> str:
    properties = stream.schema["properties"]
    words = first_line(type(stream))
    if isinstance(stream, LeadsStream):
        others = f"And one column for each field that Describe lists; see {FIELD_TYPES}."
        properties = {key: properties[key] for key in stream.primary_keys}
        return f"## {code(name)}\n\n{words}\n\n{_table(properties)}\n\n{others}"
    if isinstance(stream, ActivityTypeStream):
        words += f" These are the columns of {code(stream.name)}:"
    return f"## {code(name)}\n\n{words}\n\n{_table(properties)}"


FIELD_TYPES: Final = "[field types](field-types.md)"


def _table(properties: Mapping[str, Mapping[str, Any]]) -> str:
    return table(("column", "type", "meaning"), _column_rows(properties))


def _column_rows(properties: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, rule in properties.items():
        (kind,) = (each for each in rule["type"] if each != "null")
        yield code(name), rule.get("format", kind), rule.get("description", "")
