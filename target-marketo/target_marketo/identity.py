"""Which lead a row is: looked up before anything is created, 300 rows a call.

In this order: a filled `marketo_id` column, the key, the match. A lead that is linked to another
row, or carries another key, is no hit. What the ledger knows was decided before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from marketo_client import RequestError, codec

from target_marketo.plan import LEAD_ID, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from marketo_client import JsonObject, Marketo

    from target_marketo.plan import Plan
    from target_marketo.rows import Row, Source

TOO_MANY_MATCHES: Final = "1003"  # over 1,000 leads share the values. Marketo docs: Leads

Groups = dict[str, list["JsonObject"]]


@dataclass(frozen=True, slots=True)
class Nobody:
    """No lead is this row's yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """This lead is the row's."""

    lead_id: int


@dataclass(frozen=True, slots=True)
class Several:
    """Several leads carry the row's key: Marketo's own refusal shall say so."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """It cannot be said which lead is meant; `code` is ours."""

    code: str
    reason: str


Identity = Nobody | Found | Several | Unclear
LINKED_ELSEWHERE: Final = Unclear(
    "local.linked_to_another_row", "the lead with this key is linked to another row"
)
AMBIGUOUS: Final = Unclear(
    "local.ambiguous", "several leads match; merge them in Marketo or fill their key"
)


@dataclass(slots=True)
class Seen:
    """Leads that were read for a batch of rows, by the value that they were asked for."""

    by_id: Groups = field(default_factory=dict)
    by_key: Groups = field(default_factory=dict)
    by_match: Groups = field(default_factory=dict)
    crowded: set[str] = field(default_factory=set)

    def ids(self, plan: Plan, rows: Iterable[Row]) -> set[int]:
        """Marketo's ids of all leads that may become the rows'."""
        groups = (self.by_id, self.by_key, self.by_match)
        read = {lead[LEAD_ID] for group in groups for leads in group.values() for lead in leads}
        return read | {number for row in rows if (number := lead_id_of(plan, row.source))}


def lead_id_of(plan: Plan, source: Source) -> int | None:
    """What the mapped `marketo_id` column says, if it says a number."""
    column = plan.entry.marketo_id
    if column is None:
        return None
    try:
        value = codec("integer").to_rest(source.get(column))
    except ValueError:
        return None
    return int(value) if value else None


@dataclass(frozen=True, slots=True)
class Finder:
    """Reads leads; runs beside the thread that decides, and keeps nothing."""

    marketo: Marketo
    plan: Plan

    def look_up(self, rows: Sequence[Row]) -> Seen:
        """Leads for rows without a known id; what the key has found is not asked by match."""
        seen = Seen()
        ids = (lead_id_of(self.plan, row.source) for row in rows)
        seen.by_id = self._read(LEAD_ID, (str(number) for number in ids if number), seen)
        seen.by_key = self._read(self.plan.key.field.name, map(self._key, rows), seen)
        rest = [row for row in rows if folded(self._key(row)) not in seen.by_key]
        if self.plan.match:
            seen.by_match = self._read(self.plan.match[0].field.name, self._matches(rest), seen)
        return seen

    def by_key(self, rows: Iterable[Row]) -> Groups:
        """Leads by the key of these rows."""
        return self._read(self.plan.key.field.name, map(self._key, rows), Seen())

    def _key(self, row: Row) -> str:
        return self.plan.key_value(row.source)

    def _matches(self, rows: Iterable[Row]) -> Iterable[str]:
        return (values[0] for row in rows if (values := self.plan.match_values(row.source)))

    def _read(self, field_name: str, values: Iterable[str], seen: Seen) -> Groups:
        """Groups by value; one with a comma cannot be asked for, and finds nothing."""
        groups: Groups = defaultdict(list)
        wanted = sorted({value for value in values if "," not in value})
        for lead in self._leads(field_name, wanted, seen):
            groups[folded(lead[field_name])].append(lead)
        return groups

    def _leads(self, field_name: str, values: list[str], seen: Seen) -> Iterable[JsonObject]:
        """All leads with these values; a value that over 1,000 leads share is `crowded`."""
        if not values:
            return []
        names = [planned.field.name for planned in (self.plan.key, *self.plan.match)]
        fields = list(dict.fromkeys([LEAD_ID, field_name, *names]))
        try:
            pages = self.marketo.leads.by_filter(field_name, values, fields=fields)
            return [lead for page in pages for lead in page.rows]
        except RequestError as error:
            if error.code != TOO_MANY_MATCHES:
                raise
        if len(values) == 1:
            seen.crowded.add(folded(values[0]))
            return []
        middle = len(values) // 2
        return [
            *self._leads(field_name, values[:middle], seen),
            *self._leads(field_name, values[middle:], seen),
        ]


def identify(plan: Plan, row: Row, seen: Seen, *, is_free: Callable[[int], bool]) -> Identity:
    """The lead of a row among those seen; `is_free` says whether no other row has that lead."""
    number = None if row.anew else lead_id_of(plan, row.source)
    if number is not None and is_free(number):
        leads = seen.by_id.get(str(number), ())
        if not any(_has_other_key(plan, row, lead) for lead in leads):
            return Found(number)  # also one that is not visible: Marketo's answer will say so
    carriers = seen.by_key.get(_folded_key(plan, row), ())
    hits = [lead[LEAD_ID] for lead in carriers if is_free(lead[LEAD_ID])]
    if carriers:
        return Several() if len(hits) > 1 else Found(hits[0]) if hits else LINKED_ELSEWHERE
    return _by_match(plan, row, seen, is_free=is_free)


def _by_match(plan: Plan, row: Row, seen: Seen, *, is_free: Callable[[int], bool]) -> Identity:
    values = plan.match_values(row.source)
    if values is None:
        return Nobody()
    if values[0] in seen.crowded:
        return AMBIGUOUS
    hits = [
        lead[LEAD_ID]
        for lead in seen.by_match.get(values[0], ())
        if is_free(lead[LEAD_ID])
        and not _has_other_key(plan, row, lead)
        and _shows(plan, lead) == values
    ]
    return AMBIGUOUS if len(hits) > 1 else Found(hits[0]) if hits else Nobody()


def _shows(plan: Plan, lead: JsonObject) -> tuple[str, ...]:
    return tuple(folded(lead.get(planned.field.name) or "") for planned in plan.match)


def _folded_key(plan: Plan, row: Row) -> str:
    return folded(plan.key_value(row.source))


def _has_other_key(plan: Plan, row: Row, lead: JsonObject) -> bool:
    carried = lead.get(plan.key.field.name)
    return carried not in {None, ""} and folded(carried) != _folded_key(plan, row)
