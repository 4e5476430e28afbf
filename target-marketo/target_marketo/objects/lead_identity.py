"""Which lead a row is: looked up before anything is created, 300 rows a call.

In this order: a filled `marketo_id` column, the key, the match. A lead that is linked to another
row, or carries another key, is no hit. What the ledger knows was decided before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from marketo_client import RequestError, codec

from target_marketo.planning.plan import folded, folded_key
from target_marketo.rows.identity import NOBODY, Found, Identity, Several, Unclear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from marketo_client import JsonObject, Marketo

    from target_marketo.objects.family import Groups
    from target_marketo.planning.plan import Key, Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.row import Row, Source

TOO_MANY_MATCHES: Final = "1003"  # over 1,000 leads share the values. Marketo docs: Leads
COMMA: Final = ","  # parts the values of a look-up. Marketo docs: Leads
UNASKABLE: Final = "a value with a comma cannot be looked up, so nobody knows whose lead it is"
LINKED_ELSEWHERE: Final = Unclear(
    "local.linked_to_another_row", "the lead with this key is linked to another row"
)


@dataclass(slots=True)
class Seen:
    """Leads that were read for a batch of rows, by the value that they were asked for."""

    by_id: Groups = field(default_factory=dict)
    by_key: Groups = field(default_factory=dict)
    by_match: Groups = field(default_factory=dict)
    crowded: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        """Marketo's ids of all leads that were read."""
        groups = (self.by_id, self.by_key, self.by_match)
        return {_id(lead) for group in groups for leads in group.values() for lead in leads}


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


class Asked(NamedTuple):
    """A row and what its lead is asked for by; `name` is the key as it is compared."""

    row: Row
    number: int | None
    key: str
    name: tuple[str, ...]
    match: tuple[str, ...] | None


def ask(plan: Plan, row: Row, values: Cells) -> Asked:
    """A row that was judged to fit, made ready to be looked up by its values."""
    key = plan.key_of(values)
    number = lead_id_of(plan, row.source)
    return Asked(row, number, str(key[0]), folded_key(key), plan.match_of(values))


@dataclass(frozen=True, slots=True)
class Finder:
    """Reads leads; runs beside the thread that decides, and keeps nothing."""

    marketo: Marketo
    plan: Plan

    def look_up(self, rows: Sequence[Asked]) -> Seen:
        """Leads for rows without a known id; what the key has found is not asked by match."""
        seen = Seen()
        numbers = (str(each.number) for each in rows if each.number)
        seen.by_id = self._read(self._id_field, numbers, seen)
        seen.by_key = self._read(self._key_field, (each.key for each in rows), seen)
        if self.plan.match:
            rest = (each.match for each in rows if each.name not in seen.by_key)
            values = (match[0] for match in rest if match)
            seen.by_match = self._read(self.plan.match_names[0], values, seen)
        return seen

    def by_key(self, keys: Iterable[Key], fields: Sequence[str]) -> Groups:
        """Leads with these keys."""
        return self._read(self._key_field, (str(key[0]) for key in keys), Seen(), fields)

    @property
    def _id_field(self) -> str:
        return self.plan.shape.id_field

    @property
    def _key_field(self) -> str:
        return self.plan.key_names[0]

    def _read(
        self, field_name: str, values: Iterable[str], seen: Seen, fields: Sequence[str] = ()
    ) -> Groups:
        """Groups by value; one with a comma cannot be asked for, and finds nothing.

        With such a key Marketo itself finds the lead when it is written.
        """
        groups: Groups = defaultdict(list)
        wanted = sorted({value for value in values if COMMA not in value})
        names = [self._id_field, field_name, self._key_field, *self.plan.match_names, *fields]
        asked = list(dict.fromkeys(names))
        for lead in self._leads(field_name, wanted, asked, seen):
            groups[(folded(lead[field_name]),)].append(lead)
        return groups

    def _leads(
        self, field_name: str, values: list[str], fields: list[str], seen: Seen
    ) -> Iterable[JsonObject]:
        """All leads with these values; a value that over 1,000 leads share is `crowded`."""
        if not values:
            return []
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
            *self._leads(field_name, values[:middle], fields, seen),
            *self._leads(field_name, values[middle:], fields, seen),
        ]


def identify(plan: Plan, asked: Asked, seen: Seen, *, is_free: Callable[[str], bool]) -> Identity:
    """The lead of a row among those seen; `is_free` says whether no other row has that lead."""
    number = None if asked.row.anew else asked.number
    if number is not None and is_free(str(number)):
        leads = seen.by_id.get((str(number),), ())
        if not any(_has_other_key(plan, asked, lead) for lead in leads):
            return Found(str(number))  # also one that is not visible: Marketo's answer will say so
    carriers = seen.by_key.get(asked.name, ())
    hits = [_id(lead) for lead in carriers if is_free(_id(lead))]
    if carriers:
        return Several() if len(hits) > 1 else Found(hits[0]) if hits else LINKED_ELSEWHERE
    return _by_match(plan, asked, seen, is_free=is_free)


def _by_match(plan: Plan, asked: Asked, seen: Seen, *, is_free: Callable[[str], bool]) -> Identity:
    values = asked.match
    if values is None:
        return NOBODY
    if COMMA in values[0]:
        return Unclear("local.misfit", f"{plan.match_names[0]}: {UNASKABLE}")
    if values[0] in seen.crowded:
        return _ambiguous(plan)
    hits = [
        _id(lead)
        for lead in seen.by_match.get(values[:1], ())
        if is_free(_id(lead))
        and not _has_other_key(plan, asked, lead)
        and _shows(plan, lead) == values
    ]
    return _ambiguous(plan) if len(hits) > 1 else Found(hits[0]) if hits else NOBODY


def _ambiguous(plan: Plan) -> Unclear:
    names = " and ".join(plan.match_names)
    reason = f"several leads match by {names}; merge them in Marketo or fill their key"
    return Unclear("local.ambiguous", reason)


def _id(lead: JsonObject) -> str:
    return str(lead["id"])


def _shows(plan: Plan, lead: JsonObject) -> tuple[str, ...]:
    return tuple(folded(lead.get(name) or "") for name in plan.match_names)


def _has_other_key(plan: Plan, asked: Asked, lead: JsonObject) -> bool:
    carried = lead.get(plan.key_names[0])
    return carried not in {None, ""} and folded_key([carried]) != asked.name
