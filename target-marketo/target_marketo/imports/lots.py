"""Which rows may share a file: those with one lookup field and one set of fields, none blank.

Pure: no call, no query. Marketo docs: Bulk Import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from marketo_client import SyncAction, import_cell

from target_marketo.planning.actions import Address

if TYPE_CHECKING:
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send


@dataclass(frozen=True, slots=True)
class Lot:
    """The columns of a file; the first `key_width` of them tell its rows apart."""

    address: Address
    columns: tuple[str, ...]
    key_width: int

    @classmethod
    def of(cls, send: Send, plan: Plan) -> Lot:
        """The lot of a record, whether or not it fits into a file."""
        by_id = send.marketo_id is not None
        key = (plan.shape.id_field,) if by_id else plan.key_names
        others = sorted(name for name in send.record if name not in key)
        address = Address.BY_ID if by_id else Address.BY_KEY
        return cls(address, (*key, *others), len(key))

    @classmethod
    def named(cls, name: str) -> Lot:
        """The lot of that name."""
        address, columns, key_width = orjson.loads(name)
        return cls(Address[address], tuple(columns), key_width)

    @property
    def name(self) -> str:
        """As it is kept."""
        return orjson.dumps([self.address.name, self.columns, self.key_width]).decode()

    @property
    def action(self) -> SyncAction:
        """What an import does with a row, as a call would name it."""
        by_id = self.address is Address.BY_ID
        return SyncAction.UPDATE_ONLY if by_id else SyncAction.CREATE_OR_UPDATE

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns behind the key."""
        return self.columns[self.key_width :]

    def cells(self, send: Send) -> list[str] | None:
        """The record's line in a file; None where a call must say it, as it must clear a value."""
        cells = [import_cell(send.record[column]) for column in self.columns]
        sure = [cell for cell in cells if cell is not None]
        return sure if len(sure) == len(cells) else None

    def key(self, send: Send) -> tuple[str, ...]:
        """What tells the record's line from others, in files of failures too."""
        return tuple((self.cells(send) or [])[: self.key_width])
