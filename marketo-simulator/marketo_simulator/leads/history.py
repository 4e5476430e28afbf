"""The activity rows that what happens to leads leaves. Marketo docs: Activities; recorded rows."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.activities.store import Activities, Activity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.leads.store import Lead

NEW_LEAD: Final = 12
CHANGE_DATA_VALUE: Final = 13
CHANGE_SCORE: Final = 22
MERGE_LEADS: Final = 32
DELETE_LEAD: Final = 37


class History:
    """Writes a row, or two, for each event of a lead."""

    def __init__(self, activities: Activities) -> None:
        self._activities = activities

    def created(self, lead: Lead, cause: Cause, at: str) -> None:
        """A New Lead row."""
        attributes = {
            "Created Date": intern(at[:10]),
            "Source Type": cause.source,
            **_writer(cause),
        }
        if lead.values.get("leadSource"):
            attributes["Lead Source"] = lead.values["leadSource"]
        self._add(lead, at, NEW_LEAD, attributes)

    def changed(
        self, lead: Lead, field: Field, values: tuple[JsonValue, JsonValue], cause: Cause, at: str
    ) -> None:
        """A row of a field's change from the first value to the second; a score has two."""
        old, new = values
        texts = {
            "New Value": self._activities.text(field, new),
            "Old Value": self._activities.text(field, old),
        }
        why = {"Reason": cause.reason, "Source": cause.source, **_writer(cause)}
        if field.data_type == "score" or field.name == "leadScore":
            self._scored(lead, field, (old or 0, new or 0), cause, at)
        row = Activity(
            lead.id, at, CHANGE_DATA_VALUE, field.id, field.display_name,
            _present({**texts, **why}), cause.campaign_id, field.name,
        )  # fmt: skip
        self._activities.add(row)

    def merged(self, winner: Lead, loser_ids: list[int], at: str) -> None:
        """A Merge Leads row on the winner."""
        merged = "[" + ",".join(map(str, loser_ids)) + "]"
        attributes: dict[str, Any] = {
            "Merge IDs": merged,
            "Merge Source": "leaddb",
            "Master Updated": False,
            "Merged in Sales": False,
        }
        self._add(winner, at, MERGE_LEADS, attributes)

    def deleted(self, lead: Lead, at: str) -> None:
        """A Delete Lead row."""
        self._add(lead, at, DELETE_LEAD, {})

    def _scored(
        self, lead: Lead, field: Field, values: tuple[Any, Any], cause: Cause, at: str
    ) -> None:
        old, new = values
        scores = {"Change Value": f"{new - old:+}", "Old Value": old, "New Value": new}
        attributes = _present({**scores, "Reason": cause.reason})
        row = Activity(
            lead.id, at, CHANGE_SCORE, field.id, field.display_name, attributes, cause.campaign_id
        )
        self._activities.add(row)

    def _add(self, lead: Lead, at: str, type_id: int, attributes: dict[str, Any]) -> None:
        self._activities.add(Activity(lead.id, at, type_id, lead.id, lead.name, attributes))


def _writer(cause: Cause) -> dict[str, Any]:
    if cause.user is None:
        return {}
    writer = {"API Method Name": cause.method, "Modifying User": cause.user}
    return writer if cause.request_id is None else {**writer, "Request Id": cause.request_id}


def _present(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
