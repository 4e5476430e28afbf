"""Mapping and Marketo compared before the first write: everything that cannot work, at once.

A field that worked before and is gone is drift: it is left out with a warning. A key, a lookup
field or a mapping that never worked stops the run.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import Action, Direction, FieldMapping, key_text

from target_marketo.planning.link_plans import (
    LinkError,
    company_field_names,
    link_plan,
    wanted_links,
)
from target_marketo.planning.names import by_name
from target_marketo.planning.plan import Plan, seed_of
from target_marketo.planning.schema_types import clash
from target_marketo.planning.values import FieldPlan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from marketo_sync import Entry, KeyPart

    from target_marketo.planning.actions import Steps
    from target_marketo.planning.link_plans import Linked
    from target_marketo.planning.links import LinkPlan
    from target_marketo.planning.shape import Field, Shape

UNWRITABLE_TYPES: Final = frozenset(
    {"formula", "lead_function", "array"}
)  # Marketo docs: Field Types
DEFAULT_MATCH: Final = "email"
NO_COLUMN: Final = "the stream has no such column"
NO_COLUMN_FOR_IT: Final = "the stream has no column for it any more"
KEY_TYPES: Final = frozenset({"string", "email", "integer"})  # Marketo docs: Leads (lookupField)


@dataclass(slots=True)
class Survey:
    """What is known when an entry is checked: Marketo's fields, the stream's columns, the past.

    `named` says which fields columns fill where the entry does not; without it, names decide.
    """

    shape: Shape
    steps: Mapping[Action, Steps]
    linked: Mapping[str, Linked] = field(default_factory=dict)
    named: Mapping[str, str] | None = None
    columns: Mapping[str, Any] | None = None
    worked_before: Collection[str] = ()

    @property
    def fields(self) -> Mapping[str, Field]:
        """Marketo's fields by name."""
        return self.shape.fields

    def nearest(self, name: str) -> str:
        """A hint at the field that may be meant."""
        return _nearest(name, self.fields)

    def no_column(self, name: str) -> str:
        """What is said of a column that the stream lacks."""
        return f"{NO_COLUMN}{_nearest(name, self.columns or ())}"


@dataclass(slots=True)
class Findings:
    """The plan of an entry, or what is wrong with it, and what was left out of it."""

    plan: Plan | None = None
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def check(entry: Entry, survey: Survey) -> Findings:
    """The plan of an entry for this Marketo instance and, where known, this stream."""
    findings = Findings(problems=[*_not_yet(entry)])
    if findings.problems:
        return findings
    links = tuple(_links(entry, survey, findings))
    linked = {link.field.name for link in links}
    keys = tuple(_keys(entry, survey, findings, linked))
    fields = [plan for plan in _fields(entry, survey, findings) if plan is not None]
    match = tuple(_match(entry, survey, findings, fields))
    findings.problems += (*_roles(entry, survey), *_flag(entry, survey, fields))
    if not findings.problems:
        own = ((plan.column, plan.field) for plan in (*keys, *fields))
        planned = (*own, *((link.column, link.field) for link in links))
        findings.plan = Plan(
            entry,
            survey.shape,
            survey.steps[entry.action],
            fields=(*keys, *fields),
            links=links,
            match=match,
            columns=(*(column for column, _ in planned), *_other_columns(entry)),
            seed=seed_of(entry, planned),
            **company_field_names(entry, survey.linked)._asdict(),
        )
        findings.left_out += _lost(entry, survey, findings.plan)
    return findings


def _nearest(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; is {near[0]} meant?" if near else ""


def not_written(entry: Entry) -> str:
    """What is said of an entry for a kind of record that this target does not write."""
    kind = entry.object.value
    return f"entry `{entry.name}`: this version writes no {kind}; take it out"


def no_such_type(entry: Entry) -> str:
    """What is said of an entry whose type of custom object is not there."""
    cure = "approve it, or set `create_type: true`"
    return f"entry `{entry.name}`: Marketo has no approved custom object {entry.api_name}; {cure}"


def _not_yet(entry: Entry) -> Iterator[str]:
    """What a mapping may say and this target does not do: refused, never ignored."""
    name = f"entry `{entry.name}`"
    if entry.action is Action.CREATE_DUPLICATE:
        yield f"{name}: this version never makes duplicates; take `action: createDuplicate` out"


def _links(entry: Entry, survey: Survey, findings: Findings) -> Iterator[LinkPlan]:
    for wanted in wanted_links(entry, survey.linked):
        place = f"entry `{entry.name}`, link {wanted.column}"
        try:
            plan = link_plan(wanted, survey.shape)
        except LinkError as error:
            findings.problems.append(f"{place}: {error}")
            continue
        if survey.columns is None or wanted.column in survey.columns:
            yield plan
        else:
            drifted = plan.field.name in survey.worked_before
            where = findings.left_out if drifted else findings.problems
            where.append(f"{place}: {survey.no_column(wanted.column)}")


def _keys(
    entry: Entry, survey: Survey, findings: Findings, linked: Collection[str]
) -> Iterator[FieldPlan]:
    """The parts of the key that are no links."""
    mapped = {part.field for part in entry.key}
    if lacking := [name for name in survey.shape.keys if name not in mapped]:
        findings.problems.append(
            f"entry `{entry.name}`, key: {survey.shape.nouns} are known by"
            f" {' and '.join(survey.shape.keys)}; map a column to {' and '.join(lacking)}"
        )
    for part in entry.key:
        if part.field in linked:
            continue
        known = survey.fields.get(part.field)
        problem = _key_problem(part, known, survey)
        if known is not None and problem is None:
            yield FieldPlan(part.column, known, _key_text)
        else:
            findings.problems.append(f"entry `{entry.name}`, key {part.column}: {problem}")


def _key_problem(part: KeyPart, known: Field | None, survey: Survey) -> str | None:
    if known is None:
        return f"Marketo has no field {part.field}{survey.nearest(part.field)}"
    problem = _own_key_problem(known, survey.shape)
    if problem is None and survey.columns is not None and part.column not in survey.columns:
        return survey.no_column(part.column)
    return problem


def _own_key_problem(known: Field, shape: Shape) -> str | None:
    """What keeps a field from being the key, or a part of it."""
    name = known.name
    if shape.keys:
        own = f"{shape.nouns} are known by {' and '.join(shape.keys)}, not by {name}"
        return None if name in shape.keys else own
    if name not in shape.searchable:
        return f"Marketo looks no {shape.nouns} up by {name}; choose another key"
    if known.data_type.lower() not in KEY_TYPES:
        return f"{name} is {known.data_type}; a key is text or integer"
    return None if known.writable or name == shape.id_field else f"{name} is read-only"


def _key_text(value: object) -> object:
    """A key in the form of its record key: `17`, also where the source wrote 17.0."""
    return None if value is None or value == "" else key_text([value])


def _fields(entry: Entry, survey: Survey, findings: Findings) -> Iterator[FieldPlan | None]:
    mapped_fields = entry.fields if entry.fields is not None else _named(entry, survey)
    for mapped in mapped_fields:
        if mapped.direction is not Direction.TO_DATABASE:
            yield _field(entry, mapped, survey, findings)


def _named(entry: Entry, survey: Survey) -> list[FieldMapping]:
    """The columns of an entry without `fields`: those that name a field that can be written."""
    keys = {part.column for part in entry.key} | {part.field for part in entry.key}
    columns = [column for column in survey.columns or () if column not in keys]
    fields = [known.name for known in survey.fields.values() if known.writable]
    found = survey.named or by_name(columns, (name for name in fields if name not in keys))
    return [
        FieldMapping.model_construct(
            column=column, to=name, direction=Direction.TO_MARKETO, values={}
        )
        for column, name in found.items()
    ]


def _lost(entry: Entry, survey: Survey, plan: Plan) -> Iterator[str]:
    """Fields that worked before, where columns alone say what is sent, and none says it now."""
    if entry.fields is not None or survey.columns is None:
        return
    told = {*plan.field_names, *(mapped.to for mapped in _named(entry, survey))}
    for name in sorted(name for name in survey.worked_before if name not in told):
        why = NO_COLUMN_FOR_IT if name in survey.fields else f"Marketo has no field {name}"
        yield f"entry `{entry.name}`, field {name}: {why}"


def _field(
    entry: Entry, mapped: FieldMapping, survey: Survey, findings: Findings
) -> FieldPlan | None:
    place = f"entry `{entry.name}`, column {mapped.column}"
    known = survey.fields.get(mapped.to)
    problem = _field_problem(mapped, known, survey)
    if problem is None and known is not None:
        return FieldPlan(mapped.column, known, mapped.to_marketo if mapped.values else None)
    drifted = mapped.to in survey.worked_before and (known is None or not _fixed(known))
    where = findings.left_out if drifted else findings.problems
    where.append(f"{place}: {problem}")
    return None


def _fixed(known: Field) -> str | None:
    """Why nobody can write the field, if that is so."""
    if not known.writable:
        return f"{known.name} is read-only"
    if known.data_type.lower() in UNWRITABLE_TYPES:
        return f"{known.name} is a {known.data_type} field, which Marketo fills by itself"
    return None


def _field_problem(mapped: FieldMapping, known: Field | None, survey: Survey) -> str | None:
    if known is None:
        return f"Marketo has no field {mapped.to}{survey.nearest(mapped.to)}"
    if (fixed := _fixed(known)) is not None:
        return fixed
    if survey.columns is None:
        return None
    if mapped.column not in survey.columns:
        return survey.no_column(mapped.column)
    return None if mapped.values else clash(survey.columns[mapped.column], known)


def _roles(entry: Entry, survey: Survey) -> Iterator[str]:
    """Columns that say what becomes of a row: one that is not there would say nothing, silently."""
    roles = {
        "where": entry.where,
        "deleted_at": entry.deleted_at,
        "marketo_id": entry.marketo_id,
        "changed_at": entry.changed_at if entry.company else None,
    }
    for role, column in roles.items():
        if column and survey.columns is not None and column not in survey.columns:
            yield f"entry `{entry.name}`, {role} {column}: {survey.no_column(column)}"


def _flag(entry: Entry, survey: Survey, fields: list[FieldPlan]) -> Iterator[str]:
    """What keeps a field from telling that a row is deleted."""
    name = entry.deleted_in_database.flag
    if name is None:
        return
    place = f"entry `{entry.name}`, deleted_in_database"
    known = survey.fields.get(name)
    if known is None:
        yield f"{place}: Marketo has no field {name}{survey.nearest(name)}"
    elif known.data_type.lower() != "boolean" or not known.writable:
        yield f"{place}: {name} is no boolean field that can be written"
    elif any(planned.field.name == name for planned in fields):
        yield f"{place}: a column is mapped to {name}, which this setting fills"


def _match(
    entry: Entry, survey: Survey, findings: Findings, fields: list[FieldPlan]
) -> Iterator[FieldPlan]:
    planned = {plan.field.name: plan for plan in fields}
    for name in entry.match_fields or _default_match(entry, planned):
        place = f"entry `{entry.name}`, match {name}"
        if name not in planned:
            findings.problems.append(f"{place}: no column is mapped to it")
        elif name not in survey.shape.searchable:
            findings.problems.append(f"{place}: Marketo looks no {survey.shape.nouns} up by {name}")
        else:
            yield planned[name]


def _default_match(entry: Entry, mapped: Collection[str]) -> tuple[str, ...]:
    """`match` of an entry whose columns were matched by name."""
    wanted = entry.match is None and entry.fields is None
    return (DEFAULT_MATCH,) if wanted and DEFAULT_MATCH in mapped else ()


def _other_columns(entry: Entry) -> Iterator[str]:
    """Columns that are not sent and still decide what becomes of a row."""
    yield from (c for c in (entry.where, entry.deleted_at, entry.marketo_id) if c is not None)
