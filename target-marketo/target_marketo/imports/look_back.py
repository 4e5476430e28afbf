"""What Marketo shows of records that went in a file: whether it is what was sent.

An import tells of no row that went well, nor its id. Marketo docs: Bulk Import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client import normalise, parse_instant

from target_marketo.planning.actions import Address
from target_marketo.planning.plan import folded_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketo_client import JsonObject
    from marketo_client.codecs import Json

    from target_marketo.imports.lots import Lot
    from target_marketo.objects import Family
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send

CREATED_AT: Final = "createdAt"
UNKNOWN_TYPE: Final = "string"


@dataclass(frozen=True, slots=True)
class Seen:
    """The one record that a row means; `agrees`: it shows all that was sent."""

    marketo_id: str
    agrees: bool
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class LookBack:
    """Reads records of one file, up to 300 a call; runs beside the thread that decides."""

    family: Family
    plan: Plan
    lot: Lot

    def at(self, sends: Sequence[Send]) -> list[Seen | None]:
        """What is there of each; None where nothing is, or several."""
        by_id = self.lot.address is Address.BY_ID
        records = zip(sends, self._by_id(sends) if by_id else self._by_key(sends), strict=True)
        return [None if record is None else self._seen(send, record) for send, record in records]

    def _by_id(self, sends: Sequence[Send]) -> list[JsonObject | None]:
        ids = [send.marketo_id or "" for send in sends]
        records = self.family.with_ids(ids, [self._id_field, *self._fields])
        found = {str(record[self._id_field]): record for record in records}
        return [found.get(marketo_id) for marketo_id in ids]

    def _by_key(self, sends: Sequence[Send]) -> list[JsonObject | None]:
        keys = [self.plan.key_of(send.cells) for send in sends]
        found = self.family.with_keys(self.plan, keys, self._fields)
        several = (found.get(folded_key(key), ()) for key in keys)
        return [records[0] if len(records) == 1 else None for records in several]

    @property
    def _id_field(self) -> str:
        return self.plan.shape.id_field

    @property
    def _fields(self) -> list[str]:
        """What is asked for, as far as Describe knows it now."""
        wanted = (*self.lot.fields, CREATED_AT)
        return [name for name in wanted if name in self.plan.shape.fields]

    def _seen(self, send: Send, record: JsonObject) -> Seen:
        marketo_id = str(record[self._id_field])
        return Seen(marketo_id, self._agrees(send.record, record), _created_at(record))

    def _agrees(self, sent: Mapping[str, Json], record: JsonObject) -> bool:
        return all(self._is_same(name, sent[name], record.get(name)) for name in self.lot.fields)

    def _is_same(self, name: str, sent: Json, shown: Json) -> bool:
        known = self.plan.shape.fields.get(name)
        data_type = known.data_type if known else UNKNOWN_TYPE
        try:
            return normalise(data_type, sent) == normalise(data_type, shown)
        except ValueError:
            return False


def _created_at(record: JsonObject) -> datetime | None:
    try:
        return parse_instant(str(record.get(CREATED_AT)))
    except ValueError:
        return None
