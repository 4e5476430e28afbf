"""Links of an entry compared with Describe: which parent's value each column stands for.

Marketo names the ends of a link as its user interface does (`Lead`, `Id`), so that names are
compared by their letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from marketo_sync import ObjectKind

from target_marketo.planning.links import LinkPlan
from target_marketo.planning.names import letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from marketo_sync import Entry

    from target_marketo.planning.shape import Related, Shape


class Linked(NamedTuple):
    """An entry that others link to, what Describe says of its records, and what it sends."""

    entry: Entry
    shape: Shape
    sends: Collection[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link that a mapping asks for; without `to`, Describe decides which field it is."""

    column: str
    parents: tuple[Linked, ...]
    to: str | None


class LinkError(ValueError):
    """The link cannot work; the text says why."""


def wanted_links(entry: Entry, linked: Mapping[str, Linked]) -> Iterator[Wanted]:
    """The links of an entry to entries that are `linked`; all companies share one kind of key."""
    if entry.company is not None:
        companies = (each for each in linked.values() if each.entry.object is ObjectKind.COMPANY)
        yield Wanted(entry.company, tuple(companies), None)
    for link in entry.link:
        to = link.to or entry.key_fields.get(link.column)
        yield Wanted(link.column, (linked[link.object],), to)


def link_plan(wanted: Wanted, shape: Shape) -> LinkPlan:
    """How the link is filled. Raises LinkError."""
    parent = wanted.parents[0]
    field = _field(wanted, shape, parent)
    return LinkPlan(
        wanted.column,
        shape.fields[field],
        tuple(each.entry.name for each in wanted.parents),
        _shown(shape.links[field], parent),
    )


def _field(wanted: Wanted, shape: Shape, parent: Linked) -> str:
    """The link field by its name in Describe."""
    possible = [name for name, related in shape.links.items() if _leads_to(related, parent.shape)]
    if wanted.to is not None:
        possible = [name for name in possible if letters(name) == letters(wanted.to)]
    if len(possible) == 1:
        return possible[0]
    if wanted.to is None and possible:
        raise LinkError(f"several fields link to {parent.shape.nouns}; name one with `to`")
    named = f"field {wanted.to}" if wanted.to else "field"
    raise LinkError(f"{shape.nouns} have no {named} that links to {parent.shape.nouns}")


def _leads_to(related: Related, shape: Shape) -> bool:
    return letters(related.object) in {letters(name) for name in shape.called}


def _shown(related: Related, parent: Linked) -> str | None:
    """The parent's field whose value goes into the link; None for its Marketo id."""
    wanted = letters(related.field)
    if wanted == letters(parent.shape.id_field):
        return None
    for known in parent.shape.fields.values():
        if wanted in {letters(known.name), letters(known.label)}:
            if known.name not in parent.sends:
                break
            return known.name
    raise LinkError(f"it links by {related.field}, which entry `{parent.entry.name}` does not send")


class CompanyFieldNames(NamedTuple):
    """Fields of a lead that belong to its company: all, and those that no company stream owns."""

    company_fields: frozenset[str] = frozenset()
    said_fields: frozenset[str] = frozenset()


def company_field_names(entry: Entry, linked: Mapping[str, Linked]) -> CompanyFieldNames:
    """Which fields an entry's leads leave to their companies."""
    companies = [each for each in linked.values() if each.entry.object is ObjectKind.COMPANY]
    if entry.company is None or not companies:
        return CompanyFieldNames()
    shape = companies[0].shape
    writable = frozenset(field.name for field in shape.fields.values() if field.writable)
    owned = {name for each in companies for name in each.sends}
    return CompanyFieldNames(writable.difference(shape.keys), writable - owned)
