"""What Describe says of one kind of record, in one form for all kinds. Makes no call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column may fill; `label` is its display name, `length` is in characters."""

    name: str
    label: str
    data_type: str
    length: int | None
    writable: bool


@dataclass(frozen=True, slots=True)
class Related:
    """What a link takes its values from: an object and its field, as Marketo calls them there.

    Neither name need be REST's: `Lead` and `Id` for leads.
    """

    object: str
    field: str


@dataclass(frozen=True, slots=True)
class Shape:
    """Fields and keys of one kind of record; `noun` and `nouns` are what messages call them.

    `called` are the names under which links refer to it. `keys` are the fields that make a
    record's key; where there are none, any field that is `searchable` may be the key. `gone_code`
    is Marketo's for an update of what is not there.
    """

    noun: str
    nouns: str
    called: frozenset[str]
    id_field: str
    gone_code: str
    fields: Mapping[str, Field]
    searchable: frozenset[str]
    keys: tuple[str, ...] = ()
    links: Mapping[str, Related] = field(default_factory=dict)
