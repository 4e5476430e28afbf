"""Columns matched to fields by name, for streams that no mapping describes.

`firstName` and `first_name` both find firstName; a name that would fit two fields fits none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from marketo_sync import ObjectKind, parse_streams

from target_marketo.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketo_sync import Entry

    from target_marketo.planning.shape import Shape

KINDS: Final[Mapping[str, ObjectKind]] = {
    "leads": ObjectKind.LEAD,
    "companies": ObjectKind.COMPANY,
}
CUSTOM_OBJECT: Final = "custom_object_"  # before an API name


def kind_by_name(stream: str, mapped: Sequence[str] = ()) -> tuple[ObjectKind, str | None]:
    """What a stream named like one of the tap's becomes: the kind, and the API name if it has one.

    Raises PreflightError for others, with the streams that are `mapped`.
    """
    if stream in KINDS:
        return KINDS[stream], None
    if api_name := stream.removeprefix(CUSTOM_OBJECT) if stream.startswith(CUSTOM_OBJECT) else "":
        return ObjectKind.CUSTOM_OBJECT, api_name
    what = f"stream `{stream}`: nothing says what it becomes; map it"
    others = f", as {', '.join(mapped)}" if mapped else ""
    raise PreflightError([f"{what} under `streams` or in `mapping_file`{others}"])


def entry_by_name(stream: str, keys: Sequence[str], shape: Shape) -> Entry:
    """The entry of a stream named like the tap's. Raises PreflightError where its key is no key."""
    place = f"stream `{stream}`"
    found = by_name(keys, shape.fields)
    columns = ", ".join(keys) or "(none)"
    if not keys or len(found) < len(keys) or (len(keys) > 1 and not shape.keys):
        raise PreflightError(
            [f"{place}: its key {columns} is no field of {shape.nouns}; map the stream"]
        )
    kind, api_name = kind_by_name(stream)
    spec = {"object": kind.value, "stream": stream, "key": found, "api_name": api_name}
    given = {name: value for name, value in spec.items() if value is not None}
    return parse_streams({stream: given}).entries[0]


def by_name(columns: Iterable[str], fields: Iterable[str]) -> dict[str, str]:
    """The field of each column that has one: by its exact name, else by its letters alone."""
    names = set(fields)
    folded = _one_each(names)
    found = {
        column: column if column in names else folded.get(letters(column)) for column in columns
    }
    taken = _times(found)
    return {
        column: field
        for column, field in found.items()
        if field is not None and (column == field or taken[field] == 1)
    }


def _one_each(names: Iterable[str]) -> dict[str, str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[letters(name)].append(name)
    return {letters: group[0] for letters, group in groups.items() if len(group) == 1}


def _times(found: Mapping[str, str | None]) -> dict[str | None, int]:
    times: dict[str | None, int] = defaultdict(int)
    for field in found.values():
        times[field] += 1
    return times


def letters(name: str) -> str:
    """A name without case, blanks and underscores."""
    return name.replace("_", "").replace(" ", "").lower()
