"""The companies of one instance. Knows no lead.

Values are held as REST shows them; a field without a value is absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID
from marketo_simulator.objects.records import Record, Records
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.clock import Clock
    from marketo_simulator.leads.fields import Fields

SYSTEM_FIELDS: Final = frozenset({"id", "createdAt", "updatedAt"})


class Companies:
    """All companies, by id and by `externalCompanyId`."""

    def __init__(self, fields: Fields, clock: Clock) -> None:
        self._fields = fields
        self._clock = clock
        self.records = Records([EXTERNAL_COMPANY_ID])

    def get(self, external_id: object) -> Record | None:
        """The company of that `externalCompanyId`, whatever its case, or None."""
        return self.records.keyed([external_id])

    def inherited(self, company: Record) -> dict[str, Any]:
        """What a lead that is linked to the company shows: all its fields, None for no value."""
        return {name: company.values.get(name) for name in self._fields.of_company()}

    def create(self, values: Mapping[str, Any], *, at: str | None = None) -> Record:
        """A company appears. Raises ValueError without a key, for a key or field it cannot have."""
        if values.get(EXTERNAL_COMPANY_ID) in (None, ""):
            raise ValueError(f"a company needs {EXTERNAL_COMPANY_ID!r}")
        self._check(values)
        at = at or stamp(self._clock.now())
        system = {"id": self.records.next_number(), "createdAt": at, "updatedAt": at}
        return self.records.add({**_present(values), **system})

    def change(
        self, company: Record, values: Mapping[str, Any], *, at: str | None = None
    ) -> dict[str, Any]:
        """What differs from before. Raises ValueError for a field it cannot have, or its key."""
        self._check(values)
        old = company.values
        changed = {name: new for name, new in values.items() if new != old.get(name)}
        if EXTERNAL_COMPANY_ID in changed:
            raise ValueError(f"{EXTERNAL_COMPANY_ID!r} of a company cannot change")
        if changed:
            updated = {"updatedAt": at or stamp(self._clock.now())}
            self.records.replace(company, _present({**old, **changed, **updated}))
        return changed

    def _check(self, values: Mapping[str, Any]) -> None:
        for name in sorted(values.keys() - self._fields.of_company().keys()):
            raise ValueError(f"a company cannot be given a field {name!r}")


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}
