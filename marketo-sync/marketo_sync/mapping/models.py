"""What a mapping file says, as frozen models: an entry per stream, a field per column.

Holds shapes and defaults; `rules.py` holds what must fit together. Knows no YAML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as AnyMapping
from functools import cached_property
from typing import Annotated, Any, Final, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from marketo_sync.mapping.choices import (
    TWO_WAY_KINDS,
    Action,
    Conflict,
    Direction,
    FirstLink,
    MergedInMarketo,
    MissingInMarketo,
    Nulls,
    ObjectKind,
    OnDelete,
    OnNew,
)
from marketo_sync.mapping.keys import key_text

NAME: Final = "(name)"  # where the loader puts the key above a part; no YAML file writes it
DIGEST_BYTES: Final = 16
MAX_CHANGED_PERCENT: Final = 20
DEFAULT_MATCH: Final = "email"

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Scalar = bool | int | float | str
Given = object  # a value as the file has it, before it is checked


class KeyPart(NamedTuple):
    """A key column and the Marketo field that it fills."""

    column: str
    field: str


class Part(BaseModel):
    """Base of all models: frozen, strict about types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldMapping(Part):
    """One column: its Marketo field, the way it goes and who wins a conflict.

    `conflict` is None where the field goes one way.
    """

    column: Name = Field(validation_alias=NAME)
    to: Name
    direction: Direction
    conflict: Conflict | None = None
    values: dict[str, Scalar] = Field(default_factory=dict)

    def to_marketo(self, value: object) -> object:
        """The value as Marketo knows it; what `values` does not list passes as it is."""
        return self.values.get(scalar_text(value), value) if self.values else value

    def to_database(self, value: object) -> object:
        """The column's text of a Marketo value; what `values` does not list passes as it is."""
        return self._back.get(scalar_text(value), value) if self.values else value

    @cached_property
    def _back(self) -> dict[str, str]:
        return {scalar_text(theirs): ours for ours, theirs in self.values.items()}


class Link(Part):
    """A column that holds the key of a row of another entry.

    `to` is None where Describe decides: the only link that it shows, else `leadId`.
    """

    column: Name = Field(validation_alias=NAME)
    object: Name
    to: Name | None = None


class NewPolicy(Part):
    """What happens to a lead that only Marketo has; `where` is SQL over the landed lead."""

    action: OnNew = OnNew.IGNORE
    where: Name | None = None


class DeletePolicy(Part):
    """What a delete does; `flag` is the boolean field or column that it sets."""

    action: OnDelete = OnDelete.IGNORE
    flag: Name | None = None


def scalar_text(value: object) -> str:
    """How a scalar is written as a key of `values`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _delete_policy(given: object) -> object:
    if isinstance(given, str):
        return {"action": given}
    if isinstance(given, AnyMapping) and "flag" in given:
        return {**given, "action": OnDelete.FLAG}
    return given


def _new_policy(given: Given) -> Given:
    if isinstance(given, str):
        return {"action": given}
    if isinstance(given, AnyMapping) and isinstance(given.get("insert"), AnyMapping):
        return {**_without(given, "insert"), **given["insert"], "action": OnNew.INSERT}
    return given


def _without(given: AnyMapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}


Deletes = Annotated[DeletePolicy, BeforeValidator(_delete_policy)]
News = Annotated[NewPolicy, BeforeValidator(_new_policy)]


class Entry(Part):
    """What one stream becomes in Marketo: an entry under `objects:`.

    `fields` is None where the entry names none: columns are then matched by name.
    """

    name: Name = Field(validation_alias=NAME)
    object: ObjectKind
    stream: Name
    table: Name | None = None
    api_name: Name | None = None
    key_fields: dict[Name, Name] = Field(alias="key", min_length=1)
    match: tuple[Name, ...] | None = None
    where: Name | None = None
    company: Name | None = None
    partition: Name | None = None
    changed_at: Name | None = None
    time_zone: Name | None = None
    deleted_at: Name | None = None
    marketo_id: Name | None = None
    columns: dict[str, FieldMapping] | None = Field(default=None, alias="fields")
    links: dict[str, Link] = Field(default_factory=dict, alias="link")
    create_type: bool = False
    action: Action = Action.AUTO
    nulls: Nulls = Nulls.CHANGED
    first_link: FirstLink = FirstLink.REVIEW
    new_in_marketo: News = NewPolicy()
    deleted_in_marketo: Deletes = DeletePolicy()
    merged_in_marketo: MergedInMarketo = MergedInMarketo.HONOUR
    deleted_in_database: Deletes = DeletePolicy()
    missing_in_marketo: MissingInMarketo = MissingInMarketo.HOLD

    @field_validator("columns", mode="before")
    @classmethod
    def _spell_out_fields(cls, given: Given, info: ValidationInfo) -> Given:
        if not isinstance(given, AnyMapping):
            return given
        kind = info.data.get("object", ObjectKind.LEAD)
        return {column: _field(column, spec, kind) for column, spec in given.items()}

    @field_validator("links", mode="before")
    @classmethod
    def _spell_out_links(cls, given: Given) -> Given:
        if not isinstance(given, AnyMapping):
            return given
        return {column: _named(column, spec, "object") for column, spec in given.items()}

    @cached_property
    def key(self) -> tuple[KeyPart, ...]:
        """The key's columns in the order of the file."""
        return tuple(KeyPart(column, field) for column, field in self.key_fields.items())

    @cached_property
    def fields(self) -> tuple[FieldMapping, ...] | None:
        """The mapped columns without the key's; None: match columns by name."""
        if self.columns is None:
            return None
        return tuple(f for f in self.columns.values() if f.column not in self.key_fields)

    @cached_property
    def link(self) -> tuple[Link, ...]:
        """The columns that hold other records' keys."""
        return tuple(self.links.values())

    @cached_property
    def match_fields(self) -> tuple[str, ...]:
        """`match`; where it is absent, the mapped `email` of a lead."""
        if self.match is not None or self.object is not ObjectKind.LEAD:
            return self.match or ()
        mapped = any(field.to == DEFAULT_MATCH for field in self.fields or ())
        return (DEFAULT_MATCH,) if mapped else ()

    @cached_property
    def digest(self) -> str:
        """Changes when anything that the entry says changes."""
        words = self.model_dump_json().encode()
        return hashlib.blake2b(words, digest_size=DIGEST_BYTES).hexdigest()

    def key_text(self, row: AnyMapping[str, Given]) -> str:
        """The row's `record_key`; ValueError (without the value) where the key has a null."""
        return key_text([row.get(column) for column in self.key_fields])


class Mapping(Part):
    """A whole mapping file; `instance` is None where the file names none."""

    instance: Name | None = None
    max_changed_percent: float = Field(default=MAX_CHANGED_PERCENT, gt=0, le=100)
    entries: tuple[Entry, ...] = ()

    def entry_of(self, stream: str) -> Entry | None:
        """The entry that a stream feeds."""
        return next((entry for entry in self.entries if entry.stream == stream), None)


def _named(name: str, given: Given, short: str) -> Given:
    """A part under its name; its short form is the value of `short` alone."""
    spec = {short: given} if isinstance(given, str) else given
    return {**spec, NAME: name} if isinstance(spec, AnyMapping) else spec


def _field(column: str, given: Given, kind: ObjectKind) -> Given:
    both = kind in TWO_WAY_KINDS
    defaults = {"direction": Direction.BOTH if both else Direction.TO_MARKETO}
    spec = _named(column, given, "to")
    if not isinstance(spec, AnyMapping):
        return spec
    spec = {**defaults, **spec}
    return spec if spec["direction"] != Direction.BOTH else {"conflict": Conflict.NEWEST, **spec}
