"""The leads of one instance, and what happens to them: created, changed, merged, deleted.

Every such event leaves its activity rows. Values are held as REST shows
them; a field without a value is absent. A lead's values are replaced, never edited, so that an
export can keep them as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from marketo_simulator.causes import API
from marketo_simulator.index import ValueIndex
from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID
from marketo_simulator.leads.history import History
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_simulator.activities.store import Activities
    from marketo_simulator.calls import JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.clock import Clock
    from marketo_simulator.companies.store import Companies
    from marketo_simulator.leads.fields import Field, Fields

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
        self._history = History(activities)
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
        self._history.created(lead, cause, at)
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
            old = self._value(lead, name)
            self._history.changed(lead, self._field(name), (old, new), cause, at)
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
        self._winners.update((loser.id, winner_id) for loser in losers)
        self._set(winner, self._filled(winner, losers), at)
        self._history.merged(winner, [loser.id for loser in losers], at)
        for follower in self.followers:
            for loser in losers:
                follower.lead_merged(loser.id, winner_id, at)
        return winner

    def delete(self, lead_id: int, *, at: str | None = None) -> None:
        """A lead vanishes, with a row 37. Raises KeyError."""
        at = at or stamp(self._clock.now())
        lead = self._pop(lead_id)
        self._history.deleted(lead, at)
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

    def _filled(self, winner: Lead, losers: list[Lead]) -> dict[str, Any]:
        is_linked = EXTERNAL_COMPANY_ID in winner.values
        kept = winner.values.keys() | (self._fields.of_company().keys() if is_linked else set())
        filled = {
            name: value
            for loser in reversed(losers)
            for name, value in loser.values.items()
            if name not in kept
        }
        return {**filled, **self._inherited(filled)}

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
        for name in sorted(values.keys() & self._fields.of_company().keys()):
            raise ValueError(f"{name!r} of a linked lead is its company's")

    def _with_company(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if EXTERNAL_COMPANY_ID not in values:
            return values
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
