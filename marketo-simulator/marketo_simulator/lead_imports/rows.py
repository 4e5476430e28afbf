"""A row of a file of leads becomes a lead, or is refused. Marketo docs: Bulk Lead Import.

Rows are written one after another: a key that comes twice updates the lead that the first made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_simulator.causes import LIST_IMPORT, Cause
from marketo_simulator.imports.cells import fits, given_cells
from marketo_simulator.imports.store import Import, Outcome
from marketo_simulator.leads.errors import unknown_field
from marketo_simulator.leads.sync import CREATE_OR_UPDATE, ID, UPDATE_ONLY, Order, lookup_field
from marketo_simulator.leads.writes import DEFAULT_LOOKUP
from marketo_simulator.lists.handlers import static_list
from marketo_simulator.values import stored

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonValue
    from marketo_simulator.imports.uploads import Upload
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.fields import Field

INVALID_ADDRESS: Final = "Invalid email address"


@dataclass(frozen=True, slots=True)
class LeadRows:
    """How the rows of one batch are written."""

    instance: Instance
    order: Order
    list_id: int | None

    def write(self, row: dict[str, str]) -> Outcome:
        """One row, written or not; an address that is none is a warning."""
        cells = given_cells(row, self.instance.settings)
        warning = None
        for field, value in ((self.instance.fields.get(name), cells[name]) for name in cells):
            if field is None or fits(field, value):
                continue
            if field.data_type != "email":
                return Outcome(f"Invalid data type in field {field.display_name}")
            warning = INVALID_ADDRESS
        matches = self.order.matches(self.instance, cells)
        result = self.order.carry_out(self.instance, cells, matches)
        if result["status"] == "skipped":
            return Outcome(result["reasons"][0]["message"])
        if self.list_id is not None:
            self.instance.lists.join(self.list_id, result["id"], source=LIST_IMPORT)
        return Outcome(warning=warning)


def read_import(instance: Instance, call: Call, upload: Upload) -> Import:
    """What the call asks for. Raises 1006, 1011 or 1013."""
    asked = upload.parameters
    for name in upload.columns:
        if instance.fields.get(name) is None:
            raise unknown_field(name)
    lookup = lookup_field(instance, asked.get("lookupField") or DEFAULT_LOOKUP)
    list_id = static_list(instance, _number(asked["listId"])).id if asked.get("listId") else None
    cause = Cause(
        LIST_IMPORT, LIST_IMPORT, call.user, request_id=call.request_id, method="importLead"
    )
    action = UPDATE_ONLY if lookup.name == ID else CREATE_OR_UPDATE
    order = Order(action, lookup, asked.get("partitionName") or None, cause, _as_sent)
    return Import(upload, LeadRows(instance, order, list_id).write, list_id)


def _as_sent(field: Field, value: JsonValue) -> JsonValue:
    return value if field.data_type == "email" else stored(field, value)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
