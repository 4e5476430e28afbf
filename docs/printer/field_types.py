"""Marketo's field types, from the table of the client; the examples are run through it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from marketo_client.codecs import CODECS
from target_marketo.planning.values import LONGEST_EMAIL, LONGEST_STRING, LONGEST_TEXT

from docs.printer.markdown import code, codes, first_line, sections, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.codecs import Codec, Json

EXAMPLES: Final[tuple[Json, ...]] = (
    *("", " Ada ", "007", "10.0", "10.5", "1e3", 7, 10.5, 9007199254740993),
    *(True, "True", "1", "yes", "2026-11-24", "2026-11-24 10:00:00"),
    *("2026-11-24T10:00:00Z", "2026-11-24T10:00:00.500-06:00"),
)


def page() -> str:
    """The page on field types."""
    groups = defaultdict(list)
    for data_type, codec in CODECS.items():
        groups[codec].append(data_type)
    header = [types[0] for types in groups.values()]
    return sections(
        "# Field types",
        "What a value of Marketo becomes in a record, and what a field of Marketo takes. A type"
        " that is not listed reads as text. Every value may be null; in a bulk file Marketo"
        " writes an empty cell as the word `null`.",
        table(
            ("data types of Marketo", "JSON Schema", "value", "how two are compared"),
            [_codec(codec, types) for codec, types in groups.items()],
        ),
        "## Examples",
        "REST answers, cells of bulk files and the old and new values of change rows are read"
        " alike, and the same is accepted on writing. Where there is no result the value does"
        " not fit: on reading, the column is null and the summary counts it; on writing, the"
        " row is refused with `local.misfit`. A change row names no zone; UTC is assumed.",
        table(
            ("value", *map(code, header)),
            [(_json(given), *(_read(codec, given) for codec in groups)) for given in EXAMPLES],
        ),
        "## On writing",
        "These are refused before they are sent, with `local.bad_email` or `local.too_long`:"
        " e-mail addresses that are not ASCII with one @, or have over"
        f" {LONGEST_EMAIL} characters; texts over the length that Describe names, else over"
        f" {LONGEST_STRING} characters; texts of a text area over {LONGEST_TEXT:,} bytes."
        " A blank text is a null, and an address goes without blanks around it. A date goes into"
        " a date-time field as its midnight in UTC, a time stamp into a date field as its day in"
        " UTC.",
    )


def _codec(codec: Codec, types: list[str]) -> tuple[str, ...]:
    compared = "" if codec.normalise is codec.cast else first_line(codec.normalise)
    return codes(types), _json(codec.json_schema), first_line(codec.cast), compared


def _read(codec: Codec, given: Json) -> str:
    """The result; all of them, should the ways in ever differ."""
    ways = (codec.from_rest, codec.from_csv, codec.from_change, codec.to_rest)
    return ", ".join(dict.fromkeys(_result(way, given) for way in ways))


def _result(cast: Callable[[Any], Json], given: Json) -> str:
    try:
        return _json(cast(given))
    except ValueError:
        return ""


def _json(value: Json) -> str:
    return code(orjson.dumps(value).decode())
