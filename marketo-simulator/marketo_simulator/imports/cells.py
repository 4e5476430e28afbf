"""What a cell of an import means: Marketo tells of neither the empty one nor the word `null`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.values import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.settings import Settings

NULL: Final = "null"


def fits(field: Field, value: JsonValue) -> bool:
    """Whether the field takes the value."""
    try:
        stored(field, value)
    except (ValueError, TypeError, KeyError):
        return False
    return True


def given_cells(row: Mapping[str, str], settings: Settings) -> dict[str, str | None]:
    """The values that a row gives, None for one that it clears; the others are left as they are."""
    clears_by_empty = settings.import_empty_cells == "cleared"
    clears_by_null = settings.import_null_cells == "cleared"
    given: dict[str, str | None] = {}
    for name, cell in row.items():
        if cell and not (clears_by_null and cell == NULL):
            given[name] = cell
        elif cell or clears_by_empty:
            given[name] = None
    return given
