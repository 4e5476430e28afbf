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

    from target_marketo.objects import Shape

KINDS: Final[Mapping[str, ObjectKind]] = {"leads": ObjectKind.LEAD}


def kind_by_name(stream: str) -> ObjectKind:
    """What a stream named like one of the tap's becomes. Raises PreflightError for others."""
    if stream in KINDS:
        return KINDS[stream]
    place = f"stream `{stream}`"
    raise PreflightError(
        [f"{place}: nothing says what it becomes; map it under `streams` or in `mapping_file`"]
    )


def entry_by_name(stream: str, keys: Sequence[str], shape: Shape) -> Entry:
    """The entry of a stream named like the tap's. Raises PreflightError where its key is no key."""
    place = f"stream `{stream}`"
    found = by_name(keys, shape.fields)
    named = ", ".join(keys) or "(none)"
    if len(keys) != 1 or not found:
        raise PreflightError(
            [f"{place}: its key {named} is no field of {shape.nouns}; map the stream"]
        )
    spec = {"object": kind_by_name(stream).value, "stream": stream, "key": found}
    return parse_streams({stream: spec}).entries[0]


def by_name(columns: Iterable[str], fields: Iterable[str]) -> dict[str, str]:
    """The field of each column that has one: by its exact name, else by its letters alone."""
    names = set(fields)
    folded = _one_each(names)
    found = {
        column: column if column in names else folded.get(_letters(column)) for column in columns
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
        groups[_letters(name)].append(name)
    return {letters: group[0] for letters, group in groups.items() if len(group) == 1}


def _times(found: Mapping[str, str | None]) -> dict[str | None, int]:
    times: dict[str | None, int] = defaultdict(int)
    for field in found.values():
        times[field] += 1
    return times


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
