"""The leads of one instance, and what happens to them: created, changed, merged, deleted.

Every such event writes the activity rows that Marketo writes. Values are held as REST shows
them; a field without a value is absent. A lead's values are replaced, never edited, so that an
export can keep them as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Any, Final, Protocol

from marketo_simulator.activities.store import Activities, Activity
from marketo_simulator.index import ValueIndex
from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.clock import Clock
    from marketo_simulator.companies.store import Companies
    from marketo_simulator.leads.fields import Field, Fields

CHANGE_DATA_VALUE: Final = 13
CHANGE_SCORE: Final = 22
DELETE_LEAD: Final = 37
MERGE_LEADS: Final = 32
NEW_LEAD: Final = 12
FIRST_LEAD_ID: Final = 1
DEFAULT_PARTITION_ID: Final = 1
SYSTEM_FIELDS: Final = frozenset({"id", "createdAt", "updatedAt"})


@dataclass(slots=True)
class Lead:
    """One lead; `changed_at` is its true last change, which `updatedAt` does not always show."""

    id: int
    values: dict[str, Any]
    changed_at: str

    @property
    def name(self) -> str:
        """How activity rows call it."""
        parts = (self.values.get("firstName"), self.values.get("lastName"))
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what wrote: shows in the attributes of the activity rows."""

    source: str = "Web service API"
    reason: str | None = "Web service API"
    user: str | None = None
    campaign_id: int | None = None
    request_id: str | None = None
    method: str = "syncLead"
    """The API method, where a user wrote."""
    announced: bool = True
    """Whether the change leaves rows."""


API: Final = Cause()


class LeadFollower(Protocol):
    """Something that belongs to leads, and goes where they go."""

    def lead_merged(self, loser_id: int, winner_id: int, at: str, /) -> None:
        """The loser went up in the winner."""

    def lead_deleted(self, lead_id: int) -> None:
        """The lead is gone."""


class Leads:
    """All leads by id, in the order of their creation."""

    def __init__(
        self, fields: Fields, activities: Activities, clock: Clock, companies: Companies
    ) -> None:
        self._fields = fields
        self._companies = companies
        self._activities = activities
        self._clock = clock
        self._by_id: dict[int, Lead] = {}
        self._last_id = FIRST_LEAD_ID - 1
        self._index = ValueIndex()
        self._winners: dict[int, int] = {}
        """Which lead each loser of a merge went up in."""
        self.followers: list[LeadFollower] = []
        """What else must know of merges and deletes."""

    def __len__(self) -> int:
        return len(self._by_id)

    def all(self) -> Iterable[Lead]:
        """Every lead that exists now."""
        return self._by_id.values()

    def get(self, lead_id: int) -> Lead | None:
        """One lead, or None."""
        return self._by_id.get(lead_id)

    def survivor(self, lead_id: int) -> Lead | None:
        """The lead, or the one that it went up in, or None once that is deleted."""
        while lead_id in self._winners:
            lead_id = self._winners[lead_id]
        return self._by_id.get(lead_id)

    def having(self, name: str, values: Iterable[str]) -> list[Lead]:
        """The leads with one of those values in that field, whatever their case, by id."""
        leads = ((lead.id, lead.values) for lead in self._by_id.values())
        return [self._by_id[lead_id] for lead_id in sorted(self._index.find(name, values, leads))]

    def create(
        self, values: Mapping[str, Any], *, cause: Cause = API, at: str | None = None
    ) -> Lead:
        """A lead appears, with its New Lead row.

        Raises:
            ValueError: a field that it cannot have, or a company that is not there.
        """
        at = at or stamp(self._clock.now())
        self._check(values)
        values = self._with_company(values)
        self._last_id += 1
        stored = {name: value for name, value in values.items() if value not in (None, "")}
        system = {"id": self._last_id, "createdAt": at, "updatedAt": at}
        partition = {"leadPartitionId": DEFAULT_PARTITION_ID}
        lead = Lead(self._last_id, {**partition, **stored, **system}, at)
        self._by_id[lead.id] = lead
        self._index.move(lead.id, {}, lead.values)
        self._write_new_lead(lead, cause, at)
        return lead

    def change(
        self, lead_id: int, values: Mapping[str, Any], *, cause: Cause = API, at: str | None = None
    ) -> Lead:
        """A lead's fields change, a row for each; a link to a company is never unset.

        Raises:
            KeyError: the lead does not exist.
            ValueError: as `create`; fields of the company that it is linked to.
        """
        self._check(values)
        lead = self._by_id[lead_id]
        values = self._with_company(values)
        if EXTERNAL_COMPANY_ID in lead.values and EXTERNAL_COMPANY_ID not in values:
            self._check_own(values)
        self.inherit(lead, values, cause=cause, at=at)
        return lead

    def inherit(
        self, lead: Lead, values: Mapping[str, Any], *, cause: Cause, at: str | None = None
    ) -> None:
        """What a lead shows changes, a row for each, be it by itself or by its company."""
        at = at or stamp(self._clock.now())
        changed = {name: new for name, new in values.items() if new != self._value(lead, name)}
        for name, new in changed.items() if cause.announced else ():
            self._write_change(lead, self._field(name), new, cause, at)
        if changed:
            self._set(lead, changed, at)

    def merge(self, winner_id: int, loser_ids: Iterable[int], *, at: str | None = None) -> Lead:
        """Losers vanish; their values fill the winner's blanks; one row 32, no change rows.

        Raises:
            KeyError: one of them does not exist.
            ValueError: the winner is among the losers.
        """
        at = at or stamp(self._clock.now())
        winner = self._by_id[winner_id]
        losers = [self._by_id[lead_id] for lead_id in dict.fromkeys(loser_ids)]
        if winner in losers:
            raise ValueError("a lead cannot be merged into itself")
        for loser in losers:
            self._pop(loser.id)
        is_linked = EXTERNAL_COMPANY_ID in winner.values
        of_company = {field.name for field in self._fields.of_company()}
        filled = {
            name: value
            for loser in reversed(losers)
            for name, value in loser.values.items()
            if name not in winner.values and not (is_linked and name in of_company)
        }
        filled |= self._inherited(filled)
        self._winners.update((loser.id, winner_id) for loser in losers)
        self._set(winner, filled, at)
        self._write_merge(winner, [loser.id for loser in losers], at)
        for follower in self.followers:
            for loser in losers:
                follower.lead_merged(loser.id, winner_id, at)
        return winner

    def delete(self, lead_id: int, *, at: str | None = None) -> None:
        """A lead vanishes, with a row 37. Raises KeyError."""
        at = at or stamp(self._clock.now())
        lead = self._pop(lead_id)
        self._activities.add(Activity(lead.id, at, DELETE_LEAD, lead.id, lead.name))
        for follower in self.followers:
            follower.lead_deleted(lead.id)

    def _pop(self, lead_id: int) -> Lead:
        lead = self._by_id.pop(lead_id)
        self._index.move(lead_id, lead.values, {})
        return lead

    def _set(self, lead: Lead, changes: Mapping[str, Any], at: str) -> None:
        values = {**lead.values, **changes}
        if any(not self._field(name).custom for name in changes):
            values["updatedAt"] = at  # Marketo docs: Bulk Lead Extract, standard fields only
        kept = {name: value for name, value in values.items() if value not in (None, "")}
        self._index.move(lead.id, lead.values, kept)
        lead.values = kept
        lead.changed_at = at

    def _value(self, lead: Lead, name: str) -> JsonValue:
        return lead.values.get(name, self._field(name).blank)

    def _field(self, name: str) -> Field:
        field = self._fields.find(name)
        if field is None or name in SYSTEM_FIELDS:
            raise ValueError(f"a lead cannot be given a field {name!r}")
        return field

    def _check(self, values: Mapping[str, Any]) -> None:
        if not (values.keys() <= self._fields.names() and SYSTEM_FIELDS.isdisjoint(values)):
            for name in values:
                self._field(name)

    def _check_own(self, values: Mapping[str, Any]) -> None:
        for name in values:
            if self._field(name).of_company:
                raise ValueError(f"{name!r} of a linked lead is its company's")

    def _with_company(self, values: Mapping[str, Any]) -> dict[str, Any]:
        others = {name: new for name, new in values.items() if name != EXTERNAL_COMPANY_ID}
        inherited = self._inherited(values)
        if inherited:
            self._check_own(others)
        return {**others, **inherited}

    def _inherited(self, values: Mapping[str, Any]) -> dict[str, Any]:
        key = values.get(EXTERNAL_COMPANY_ID)
        if key in (None, ""):
            return {}
        company = self._companies.get(key)
        if company is None:
            raise ValueError(f"there is no company {key!r}")
        return self._companies.inherited(company)

    def _write_new_lead(self, lead: Lead, cause: Cause, at: str) -> None:
        attributes = {
            "Created Date": intern(at[:10]),
            "Source Type": cause.source,
            **_writer(cause),
        }
        if lead.values.get("leadSource"):
            attributes["Lead Source"] = lead.values["leadSource"]
        row = Activity(lead.id, at, NEW_LEAD, lead.id, lead.name, attributes)
        self._activities.add(row)

    def _write_change(
        self, lead: Lead, field: Field, new: JsonValue, cause: Cause, at: str
    ) -> None:
        old = self._value(lead, field.name)
        values = {"New Value": self._activities.text(field, new)}
        values["Old Value"] = self._activities.text(field, old)
        why = {"Reason": cause.reason, "Source": cause.source, **_writer(cause)}
        if field.data_type == "score" or field.name == "leadScore":
            self._write_score(lead, field, (old, new), cause, at)
        row = Activity(
            lead.id, at, CHANGE_DATA_VALUE, field.id, field.display_name,
            _present({**values, **why}), cause.campaign_id, field.name,
        )  # fmt: skip
        self._activities.add(row)

    def _write_score(
        self, lead: Lead, field: Field, change: tuple[Any, Any], cause: Cause, at: str
    ) -> None:
        old, new = (value or 0 for value in change)
        values = {"Change Value": f"{new - old:+}", "Old Value": old, "New Value": new}
        attributes = _present({**values, "Reason": cause.reason})
        row = Activity(
            lead.id, at, CHANGE_SCORE, field.id, field.display_name, attributes, cause.campaign_id
        )
        self._activities.add(row)

    def _write_merge(self, winner: Lead, loser_ids: list[int], at: str) -> None:
        merged = "[" + ",".join(map(str, loser_ids)) + "]"
        attributes: dict[str, Any] = {
            "Merge IDs": merged,
            "Merge Source": "leaddb",
            "Master Updated": False,
            "Merged in Sales": False,
        }
        row = Activity(winner.id, at, MERGE_LEADS, winner.id, winner.name, attributes)
        self._activities.add(row)


def _writer(cause: Cause) -> dict[str, Any]:
    if cause.user is None:
        return {}
    writer = {"API Method Name": cause.method, "Modifying User": cause.user}
    return writer if cause.request_id is None else {**writer, "Request Id": cause.request_id}


def _present(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
