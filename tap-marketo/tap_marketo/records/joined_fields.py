"""Which lead fields come with each activity, and under which names.

Pure; knows nothing of how leads are looked up.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from marketo_client.naming import fitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_marketo.records.schemas import Column

PREFIX: Final = "lead_"
AFTER_CLASH: Final = "_field"


class LeadJoin(StrEnum):
    """The setting `activity_lead_join`: what becomes of an activity whose lead cannot be read."""

    INNER = "inner"
    LEFT = "left"


def chosen(names: Iterable[str], *, described: Iterable[Column]) -> Sequence[Column]:
    """Columns of these lead fields under the fields' own names, as far as Marketo has them."""
    columns = {each.source: replace(each, name=each.source) for each in described}
    return [columns[name] for name in dict.fromkeys(names) if name in columns]


def beside(columns: Iterable[Column], *, taken: Iterable[str]) -> Sequence[Column]:
    """The same columns as `lead_<field>`; as `lead_<field>_field` where that name is taken.

    It is taken whatever its case, since databases may not tell cases apart.
    """
    used = {name.lower() for name in taken}
    found: list[Column] = []
    for each in columns:
        name = fitted(PREFIX + each.source)
        while name.lower() in used:
            name = fitted(name + AFTER_CLASH)
        used.add(name.lower())
        found.append(replace(each, name=name, required=False))
    return found
