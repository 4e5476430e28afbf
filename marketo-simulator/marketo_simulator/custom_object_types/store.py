"""The types of custom objects of one instance: their drafts, and what of them is approved.

Knows no record and no call. Marketo docs: Custom Objects (Custom Object Types).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.leads.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

DRAFT, APPROVED, APPROVED_WITH_DRAFT = "draft", "approved", "approvedWithDraft"
ID_FIELD: Final = "marketoGUID"
GUID_LENGTH: Final = 36
STANDARD_FIELDS: Final = (
    Field(0, "createdAt", "Created At", "datetime", read_only=True),
    Field(0, ID_FIELD, "Marketo GUID", "string", GUID_LENGTH, read_only=True),
    Field(0, "updatedAt", "Updated At", "datetime", read_only=True),
)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link field points: to `lead`, `company` or a type, and to one of its fields."""

    to: str
    field: str


@dataclass(frozen=True, slots=True)
class ObjectField(Field):
    """A field that a customer gave to a type; one that links has its target's data type."""

    dedupe: bool = False
    link: Link | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a type."""

    display_name: str
    plural_name: str | None = None
    description: str | None = None
    in_lead_detail: bool = False
    fields: tuple[ObjectField, ...] = ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Marketo's own fields and the customer's."""
        return (*STANDARD_FIELDS, *self.fields)

    @property
    def dedupe_fields(self) -> tuple[str, ...]:
        """The fields that make up the key."""
        return tuple(field_.name for field_ in self.fields if field_.dedupe)

    @property
    def links(self) -> tuple[ObjectField, ...]:
        """The fields that link to another object."""
        return tuple(field_ for field_ in self.fields if field_.link)

    @property
    def searchable(self) -> list[list[str]]:
        """What queries may filter by: the key, Marketo's id, each link."""
        links = [[field_.name] for field_ in self.links]
        key = list(self.dedupe_fields)
        return [key, [ID_FIELD], *(link for link in links if link != key)]

    def field(self, name: str) -> Field | None:
        """The field of that name, whatever its case, or None."""
        wanted = name.casefold()
        return next((found for found in self.all_fields if found.name.casefold() == wanted), None)


@dataclass(slots=True)
class ObjectType:
    """A type: at least one of its two versions is there."""

    api_name: str
    draft: Definition | None = None
    approved: Definition | None = None
    created_at: str | None = None
    updated_at: str | None = None
    first_size: int = 0
    """How many fields it had when it was approved for the first time."""
    assets: list[dict[str, Any]] = field(default_factory=list)
    """What of Marketo uses the type, and so keeps it from being deleted."""

    @property
    def state(self) -> str:
        """Draft, approved, or approved with a draft beside it."""
        if self.approved is None:
            return DRAFT
        return APPROVED if self.draft is None else APPROVED_WITH_DRAFT

    @property
    def latest(self) -> Definition:
        """What a further change starts from."""
        found = self.draft or self.approved
        if found is None:
            raise ValueError(f"{self.api_name!r} has no version")
        return found

    def approve(self, at: str) -> None:
        """The draft takes the place of the approved version. Raises ValueError without a draft."""
        if self.draft is None:
            raise ValueError(f"{self.api_name!r} has no draft")
        if self.approved is None:
            self.created_at, self.first_size = at, len(self.draft.fields)
        self.approved, self.draft, self.updated_at = self.draft, None, at


class ObjectTypes:
    """All types by API name, whatever its case."""

    def __init__(self) -> None:
        self._by_name: dict[str, ObjectType] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def all(self) -> Iterable[ObjectType]:
        """Every type, in the order of their creation."""
        return self._by_name.values()

    def get(self, name: str) -> ObjectType | None:
        """One type, approved or not, or None."""
        return self._by_name.get(name.casefold())

    def add(self, kind: ObjectType) -> ObjectType:
        """A type appears."""
        self._by_name[kind.api_name.casefold()] = kind
        return kind

    def remove(self, kind: ObjectType) -> None:
        """A type vanishes."""
        del self._by_name[kind.api_name.casefold()]

    def linking_to(self, name: str) -> list[ObjectType]:
        """The types of which a version links to that one."""
        versions = ((kind, kind.approved, kind.draft) for kind in self._by_name.values())
        return [
            kind
            for kind, *both in versions
            if any(
                link.link and link.link.to == name
                for version in both
                if version
                for link in version.links
            )
        ]
