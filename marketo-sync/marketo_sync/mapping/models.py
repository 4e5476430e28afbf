"""What a mapping file says, as frozen models: an entry per stream, a field per column.

Holds shapes and defaults; `rules.py` holds what must fit together. Knows no YAML.
The text under each key is what docs/reference/mapping-file.md prints.
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

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class FieldMapping(Part):
    """One column: its Marketo field, the way it goes and who wins a conflict.

    `conflict` is None where the field goes one way.
    """

    column: Name = Field(validation_alias=NAME)
    to: Name
    """Marketo's REST name of the field."""
    direction: Direction
    """Which way values go; `to_marketo` for all but leads and companies."""
    conflict: Conflict | None = None
    """Who wins where both sides changed; only where `direction` is `both`, `newest` then."""
    values: dict[str, Scalar] = Field(default_factory=dict)
    """The column's values by their text, and what Marketo has instead; others go as they are."""

    @property
    def is_pulled(self) -> bool:
        """Whether Marketo's value goes to the column."""
        return self.direction is not Direction.TO_MARKETO

    def to_marketo(self, value: object) -> object:
        """The value as Marketo knows it; what `values` does not list passes as it is."""
        return _translated(value, self.values)

    def to_database(self, value: object) -> object:
        """The column's text of a Marketo value; what `values` does not list passes as it is."""
        return _translated(value, self._back)

    @cached_property
    def _back(self) -> dict[str, str]:
        return {scalar_text(theirs): ours for ours, theirs in self.values.items()}


class Link(Part):
    """A column that holds the key of a row of another entry.

    `to` is None where Describe decides: the only link that it shows, else `leadId`.
    """

    column: Name = Field(validation_alias=NAME)
    object: Name
    """The entry whose key the column holds; the short form is this name alone."""
    to: Name | None = None
    """The link field in Marketo; without it the only one that Describe shows."""


class NewPolicy(Part):
    """What happens to a lead that only Marketo has; `where` is SQL over the landed lead."""

    action: OnNew = OnNew.IGNORE
    where: Name | None = None
    """`{insert: {where: …}}`: SQL over the landed lead; only where it holds."""


class DeletePolicy(Part):
    """What a delete does; `flag` is the boolean field or column that it sets."""

    action: OnDelete = OnDelete.IGNORE
    flag: Name | None = None
    """`{flag: …}`: the boolean field or column that is set."""


def scalar_text(value: object) -> str:
    """How a scalar is written as a key of `values`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _translated(value: object, words: AnyMapping[str, object]) -> object:
    """The word for a value, else the value; a null is no text, and a number may end in `.0`."""
    if value is None or not words:
        return value
    text = scalar_text(value)
    if text not in words and isinstance(value, float) and value.is_integer():
        text = str(int(value))
    return words.get(text, value)


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
    """What a row becomes in Marketo."""
    stream: Name
    """The stream that brings the rows; `table` with `-` for its dot, where it is not named."""
    table: Name | None = None
    """The table or view, `schema.name`; marketo-sync reads and writes it."""
    api_name: Name | None = None
    """Name of the custom object or custom activity in the API."""
    key_fields: dict[Name, Name] = Field(alias="key", min_length=1)
    """Key column to Marketo field: the `lookupField`, or the dedupe fields."""
    match: tuple[Name, ...] | None = None
    """Fields that find a lead without the key, compared without case; `[email]` where mapped."""
    where: Name | None = None
    """One boolean column; where it is false or null a row is neither sent nor deleted."""
    company: Name | None = None
    """Column that becomes `externalCompanyId`."""
    partition: Name | None = None
    """Name of the lead partition, for leads that are created."""
    changed_at: Name | None = None
    """Column with the time of the row's last change, which `newest` compares."""
    time_zone: Name | None = None
    """How `changed_at` reads where it has no zone, such as `Europe/Berlin`."""
    deleted_at: Name | None = None
    """Column whose value marks the row as deleted."""
    marketo_id: Name | None = None
    """Column that receives Marketo's id, and identifies the record where it is filled."""
    columns: dict[str, FieldMapping] | None = Field(default=None, alias="fields")
    """Column to Marketo field, by its name or with the settings below; without it by name."""
    links: dict[str, Link] = Field(default_factory=dict, alias="link")
    """Column to the entry whose key it holds."""
    create_type: bool = False
    """Create, extend and approve the custom object type."""
    action: Action = Action.AUTO
    """`auto`: by id what is known, else by the key. The others are Marketo's own."""
    nulls: Nulls = Nulls.CHANGED
    """When a null is sent: where the base has a value, with every record, never."""
    first_link: FirstLink = FirstLink.REVIEW
    """Who wins where both sides differ when they are linked."""
    new_in_marketo: News = NewPolicy()
    """What a lead that only Marketo has does to the table."""
    deleted_in_marketo: Deletes = DeletePolicy()
    """What a deletion in Marketo does to the row."""
    merged_in_marketo: MergedInMarketo = MergedInMarketo.HONOUR
    """What a merge in Marketo does to the loser's row."""
    deleted_in_database: Deletes = DeletePolicy()
    """What a deleted row does to Marketo's record."""
    missing_in_marketo: MissingInMarketo = MissingInMarketo.HOLD
    """What happens to a row whose record is gone when it is updated."""

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
    """Munchkin id of the instance; compared with the endpoint's host."""
    max_changed_percent: float = Field(default=MAX_CHANGED_PERCENT, gt=0, le=100)
    """`reconcile` stops where more of the linked records would change."""
    entries: tuple[Entry, ...] = ()


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
