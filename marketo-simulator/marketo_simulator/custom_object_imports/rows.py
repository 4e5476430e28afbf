"""A row of a file becomes a record, or is refused. Marketo docs: Bulk Custom Object Import.

Columns that the type does not have are left out; a key among them fails every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_simulator.causes import API
from marketo_simulator.custom_objects.kind import CustomObjectKind, custom_object_kind
from marketo_simulator.errors import MarketoError
from marketo_simulator.imports.cells import fits, given_cells
from marketo_simulator.imports.store import Import, Outcome
from marketo_simulator.objects.sync import CREATE_OR_UPDATE, Order

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.imports.uploads import Upload
    from marketo_simulator.instance import Instance

MISSING_KEY: Final = "missing.dedupe.fields"


@dataclass(frozen=True, slots=True)
class ObjectRows:
    """How the rows of one batch are written, to the type as it is then."""

    instance: Instance
    call: Call

    def write(self, row: dict[str, str]) -> Outcome:
        """One row, written or not."""
        try:
            kind = custom_object_kind(self.instance, self.call)
        except MarketoError as gone:
            return Outcome(gone.message)
        return self._written(kind, row)

    def _written(self, kind: CustomObjectKind, row: dict[str, str]) -> Outcome:
        cells = {
            field.name: value
            for name, value in given_cells(row, self.instance.settings).items()
            if (field := kind.field(name))
        }
        if not all(cells.get(name) for name in kind.dedupe_fields):
            return Outcome(MISSING_KEY)
        for name, value in cells.items():
            field = kind.field(name)
            if field and not fits(field, value):
                return Outcome(f"Invalid data type in field {field.display_name}")
        order = Order(kind, kind.dedupe_fields, CREATE_OR_UPDATE, API)
        result = order.sync(0, cells)
        skipped = result["status"] == "skipped"
        return Outcome(result["reasons"][0]["message"] if skipped else None)


def read_import(instance: Instance, call: Call, upload: Upload) -> Import:
    """What the call asks for. Raises 1013 for a type that is not approved."""
    custom_object_kind(instance, call)
    return Import(upload, ObjectRows(instance, call).write)
