"""A batch of pairs, read with all that their merge needs. Knows the queries, decides nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson

from marketo_sync.ledger.records import FieldBase
from marketo_sync.reconcile.merge.echoes import FieldChange
from marketo_sync.reconcile.merge.flapping import CYCLES, FLAPPING, Step
from marketo_sync.reconcile.merge.policies import Side
from marketo_sync.reconcile.merge.three_way import comparable
from marketo_sync.reconcile.pairs.pair import Edit, Hold, Pair
from marketo_sync.reconcile.queries import pairs as queries

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from marketo_sync.mapping import Entry
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.sides.fields import EntryPlan, SyncField

    ByField = dict[str, Any]
    ByRecord = Mapping[str, ByField]

UTC_NAME: Final = "UTC"


@dataclass(frozen=True)
class Reader:
    """Reads the listed pairs of one entry."""

    connection: Connection
    of: Sources

    @property
    def plan(self) -> EntryPlan:
        """The entry's plan."""
        return self.of.plan

    def pairs(self, name: str, *, after: int, upto: int) -> list[Pair]:
        """The pairs on that stretch of a list."""
        found = queries.batch(self.of, name, after=after, upto=upto)
        rows = self.connection.execute(found).all()
        keys = [row.record_key for row in rows]
        holds = self._holds(keys)
        history, released = self._history(keys), self._released(keys)
        changes = self._changes(rows)
        return [
            self._pair(
                row,
                holds=holds.get(row.record_key, {}),
                history=history.get(row.record_key, {}),
                released=released.get(row.record_key, {}),
                changes=changes.get(row.record_key, {}),
            )
            for row in rows
        ]

    def _pair(self, row: Row[Any], **more: Any) -> Pair:  # noqa: ANN401 - parts of a pair
        values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
        ours = {name: values[queries.ROW + name] for name in self.plan.columns}
        entry = self.plan.entry
        company = ours.get(entry.company) if entry.company else None
        return Pair(
            record_key=row.record_key,
            marketo_id=row.marketo_id,
            base=_base(row.base_json),
            row=ours,
            shown={each.name: values[queries.SHOWN + each.name] for each in self.plan.fields},
            row_digest=row.row_digest,
            landed_digest=row.landed_digest,
            pushed_at=row.pushed_at,
            read_at=utc(row.read_at),
            has_company=row.company is not None or company is not None,
            changed_at=self.changed_at(ours),
            written_at=row.written_at,
            edits=_edits(row.edits),
            **more,
        )

    def changed_at(self, row: Mapping[str, Any]) -> datetime | None:
        """When a row was changed, by its `changed_at`."""
        column = self.plan.entry.changed_at
        value = row.get(column) if column else None
        if not isinstance(value, datetime):
            return None
        return value.astimezone(UTC) if value.tzinfo else self._local(value)

    def moment(self, at: datetime) -> str:
        """A moment as a column of the entry takes it: by its `time_zone`, if it has none itself."""
        return at.astimezone(self._zone).isoformat()

    def _local(self, value: datetime) -> datetime:
        return value.replace(tzinfo=self._zone).astimezone(UTC)

    @cached_property
    def _zone(self) -> ZoneInfo:
        entry: Entry = self.plan.entry
        return ZoneInfo(entry.time_zone or UTC_NAME)

    def _holds(self, keys: Collection[str]) -> ByRecord:
        found: dict[str, ByField] = defaultdict(dict)
        for row in self.connection.execute(queries.holds(self.of, keys)):
            winner = Side(row.winner) if row.winner else None
            found[row.record_key][row.field] = Hold(
                row.id, row.policy, winner, row.database_value, row.marketo_value
            )
        return found

    def _changes(self, rows: Sequence[Row[Any]]) -> ByRecord:
        """The last change row of each field that may have changed since a push or look, by record.

        A push that was undone before anybody read it leaves the lead as it had landed before.
        """
        anew = [
            row
            for row in rows
            if row.landed_digest != row.seen_digest or row.pushed_at != row.seen_pushed_at
        ]
        keys = {int(row.lead): row.record_key for row in anew if row.lead is not None}
        if not keys:
            return {}
        found: dict[str, ByField] = defaultdict(dict)
        for row in self.connection.execute(
            queries.last_changes(self.of, list(keys), self.plan.fields)
        ):
            found[keys[row.leadId]][row.fieldName] = FieldChange(
                at=_known(row.activityDate),
                source=row.source,
                by_campaign=row.campaignId is not None,
                value=row.newValue,
            )
        return found

    def _history(self, keys: Collection[str]) -> ByRecord:
        """What the last cycles have written, by record and field, in Marketo's terms."""
        since = self.connection.scalar(queries.first_of_last(self.of.instance, CYCLES))
        if since is None:
            return {}
        found: dict[str, ByField] = defaultdict(lambda: defaultdict(list))
        for row in self.connection.execute(queries.written(self.of, keys, since=since)):
            of = self.plan.by_name.get(row.field)
            if of is not None:
                old, new = (_in_marketos_terms(of, row.side, value) for value in (row.old, row.new))
                found[row.record_key][row.field].append(Step(old, new, row.at))
        return found

    def _released(self, keys: Collection[str]) -> ByRecord:
        found: dict[str, ByField] = defaultdict(dict)
        for row in self.connection.execute(queries.released(self.of, keys, FLAPPING)):
            found[row.record_key][row.field] = row.at
        return found


def utc(value: datetime | None) -> datetime | None:
    """A moment as target-postgres stores it: UTC, without saying so."""
    return None if value is None else _known(value)


def _known(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _base(stored: str) -> dict[str, FieldBase]:
    return {name: FieldBase.of_json(each) for name, each in orjson.loads(stored).items()}


def _edits(stored: Mapping[str, Any] | None) -> dict[str, Edit]:
    return {
        name: Edit(each["value"], each["at"] and datetime.fromisoformat(each["at"]))
        for name, each in (stored or {}).items()
    }


def _in_marketos_terms(of: SyncField, side: str, value: Any) -> Hashable:  # noqa: ANN401 - JSON
    """A value of the history as it is compared, whichever side it was written to."""
    told = of.cell(value).marketo if side == Side.DATABASE else value
    return comparable(of.rules.data_type, told)
