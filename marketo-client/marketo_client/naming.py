"""Names of streams and columns that come from names in Marketo.

A name has to be an identifier of a database: plain, unique and at most 63 characters long. The tap
and the command `marketo` use the same names.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketo_client.records.activities import ActivityType

LONGEST_NAME: Final = 63  # characters; PostgreSQL: identifiers
_HASH_LENGTH: Final = 8
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_WORD: Final = re.compile(r"[A-Za-z0-9]+")


def snake(text: str) -> str:
    """Lower case, each run of other characters one `_`, none at the ends; may be empty."""
    return _OTHER.sub("_", text.lower()).strip("_")


def camel(text: str) -> str:
    """`Source Type` as `sourceType`, `SFDC Type` as `sfdcType`."""
    words = [word.lower() for word in _WORD.findall(text)]
    return "".join(words[:1] + [word.capitalize() for word in words[1:]])


def fitted(name: str) -> str:
    """The name itself, or a shortened one with a hash of the whole, the same in every run."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: LONGEST_NAME - _HASH_LENGTH - 1]}_{digest}"


def stream_names(types: Sequence[ActivityType], *, known: Mapping[int, str]) -> dict[int, str]:
    """The name of each type's own stream, by type id.

    Types in `known` (from a catalog) keep their name, so a renamed type keeps its stream; of two
    types with one name the later gets `_<id>`.
    """
    names = {each.id: known[each.id] for each in types if each.id in known}
    taken = set(names.values())
    for each in types:
        if each.id not in names:
            name = fitted(f"activity_{snake(each.name) or each.id}")
            if name in taken:
                name = fitted(f"{name}_{each.id}")
            names[each.id] = name
            taken.add(name)
    return names


def column_names(names: Iterable[str], *, taken: Iterable[str]) -> dict[str, str]:
    """The column of each attribute, by Marketo's name.

    A name that is taken (by a fixed column, whatever its case, or an attribute before it) gets
    its place among the attributes: `_<n>`, counted from 1.
    """
    used = {name.lower() for name in taken}
    columns: dict[str, str] = {}
    for place, name in enumerate(names, start=1):
        column = fitted(snake(name) or f"attribute_{place}")
        while column in used:
            column = fitted(f"{column}_{place}")
        used.add(column)
        columns[name] = column
    return columns
