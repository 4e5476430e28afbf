"""Company fields of leads that are linked to a company: they go there, before the lead goes out.

What a lead says is compared with that lead's own base; of two leads that disagree in one run the
one that changed last has its way. Marketo docs: Companies; source paper: Leads and Companies.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from marketo_client import format_instant, parse_instant
from marketo_sync import Cell, FieldBase, Outcome, Result

from target_marketo.companies.company_values import ITSELF, Said, Stand, When
from target_marketo.flow.judgement import Refuse, Wait, linked_record
from target_marketo.flow.outcomes import PUSH
from target_marketo.rows.difference import changed, whole
from target_marketo.rows.row import CANNOT_BE_UNSET, COMPANY_DISAGREES, Aside, Note, Row
from target_marketo.rows.settled import Settled

if TYPE_CHECKING:
    from marketo_sync import LedgerRecord

    from target_marketo.companies.company_values import CompanyValues
    from target_marketo.companies.company_writer import CompanyWriter
    from target_marketo.desk.desk import Desk
    from target_marketo.planning.links import LinkPlan, Parent, ParentName, Parents
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.difference import Cells

DAY_LENGTH: Final = len("2026-11-24")
MIDNIGHT: Final = "T00:00:00"
UNSET: Final = Note(
    CANNOT_BE_UNSET, "Marketo takes no lead out of its company; it stays linked to the old one"
)
DISAGREES: Final = Note(
    COMPANY_DISAGREES, "another lead of the company changed later, and says otherwise"
)


class Overruled(NamedTuple):
    """What one row said of a company's field, and what holds instead."""

    field: str
    said: Said
    holds: Cell


class CompanyFields:
    """Prepares the rows of all entries for leads; `makes` companies where no stream sends them."""

    def __init__(
        self, desk: Desk, writer: CompanyWriter, values: CompanyValues, *, makes: bool
    ) -> None:
        self._desk = desk
        self._writer = writer
        self._values = values
        self._makes = makes
        self._overruled: list[Overruled] = []

    def prepare(
        self, plan: Plan, row: Row, record: LedgerRecord | None, parents: Parents
    ) -> Row | Wait | Refuse:
        """The row with what its company has taken, or what it has to wait for first."""
        link = plan.company_link
        if link is None:
            return row
        linked = linked_record(row, record)
        name = link.parent(row.source)
        if name is None:
            return _without_company(plan, link, row, linked)
        values = plan.values(row.source, parents)
        if values.misfits:
            return row
        moved = _moved(plan, link, name, values.cells, linked)
        parent = parents.get(name)
        if parent is None and not self._makes:
            return Wait(name) if moved else replace(row, aside=Aside(leave_out=plan.company_fields))
        return self._stand(plan, row, name, moved, parent)

    def flush(self) -> bool:
        """Send what waits for a full call; says whether anything did."""
        self._announce()
        return self._writer.flush()

    def take_ready(self) -> bool:
        """No rows of its own wait."""
        return False

    def _stand(
        self, plan: Plan, row: Row, name: ParentName, moved: Cells, parent: Parent | None
    ) -> Row | Wait | Refuse:
        """What the fields of a row come to, beside what others have said in this run."""
        when = When(_said_at(plan, row), max(row.places, default=0))
        wanted = moved if parent else {ITSELF: Cell(None, None), **moved}
        said = {field: self._values.said(name.key, field) for field in wanted}
        mine = {
            field: cell for field, cell in wanted.items() if _has_its_way(said[field], cell, when)
        }
        if mine:
            self._say(plan, row, name.key, mine, when)
            fields = {field: cell for field, cell in mine.items() if field != ITSELF}
            self._writer.write(name.key, fields, parent.marketo_id if parent else None)
            return Wait(name, is_coming=True)
        known = {field: word for field, word in said.items() if word is not None}
        for field, word in known.items():
            if word.stand is Stand.REFUSED and word.value == wanted[field].marketo:
                reason = f"its company: {word.reason}"
                return Refuse(word.code or "", reason, request_id=word.request_id)
        if any(word.stand is Stand.ON_ITS_WAY for word in known.values()):
            return Wait(name, is_coming=True)
        held = {field: cell._replace(marketo=known[field].value) for field, cell in moved.items()}
        note = None if held == moved else DISAGREES
        is_written = any(held[field] == cell for field, cell in moved.items())
        return replace(row, aside=Aside(held, plan.company_fields, note, is_written))

    def _say(self, plan: Plan, row: Row, company: str, mine: Cells, when: When) -> None:
        for field, cell in mine.items():
            before = self._values.said(company, field)
            if before and (before.entry, before.record_key) != (plan.entry.name, row.record_key):
                self._overruled.append(Overruled(field, before, cell))
            said = Said(
                cell.marketo,
                when,
                plan.entry.name,
                plan.entry.stream,
                row.record_key,
                cell.database,
                row.digest,
                row.source,
                Stand.ON_ITS_WAY,
            )
            self._values.say(company, field, said)

    def _announce(self) -> None:
        """Tell the ledger of rows that were settled and then overruled by a later one."""
        waiting, self._overruled = self._overruled, []
        for one in waiting:
            known = self._desk.ledger.find(one.said.entry, [one.said.record_key])
            record = known.get(one.said.record_key)
            if record is not None and record.reject_code == DISAGREES.code:
                continue  # it was told when it was settled
            if record is not None and record.digest == one.said.digest:
                self._desk.note(one.said.stream, _disagreement(one, self._desk.ledger.cycle_id))
            else:
                self._overruled.append(one)


def _moved(
    plan: Plan, link: LinkPlan, name: ParentName, cells: Cells, linked: LedgerRecord | None
) -> Cells:
    """The company fields of a row that differ from its base; all of them under a new company."""
    own = {field: cells[field] for field in plan.said_fields if field in cells}
    base = linked.base if linked else {}
    before = base.get(link.field.name)
    if linked is None or before is None or before.database != name.key:
        return whole(own, nulls=plan.entry.nulls)
    free = {field: cell for field, cell in own.items() if field not in linked.held}
    return changed(free, base, nulls=plan.entry.nulls)


def _has_its_way(said: Said | None, cell: Cell, when: When) -> bool:
    if said is None:
        return True
    differs = said.value != cell.marketo
    return differs and (said.stand is Stand.REFUSED or when > said.when)


def _without_company(plan: Plan, link: LinkPlan, row: Row, linked: LedgerRecord | None) -> Row:
    """A row that names no company: the company fields are its lead's, unless that has one still."""
    name = link.field.name
    base = linked.base.get(name) if linked else None
    if base is None or base.marketo is None:
        return replace(row, aside=Aside(leave_out=frozenset({name})))
    still = Aside(leave_out=plan.company_fields | {name})
    if base.database is not None:
        still = replace(still, cells={name: Cell(None, base.marketo)}, note=UNSET)
    return replace(row, aside=still)


def _said_at(plan: Plan, row: Row) -> str:
    """When the row changed, as texts that sort by time; before all others where it is unknown."""
    entry = plan.entry
    text = str(row.source.get(entry.changed_at or ""))
    if len(text) == DAY_LENGTH:
        text += MIDNIGHT
    zone = ZoneInfo(entry.time_zone) if entry.time_zone else UTC
    try:
        return format_instant(parse_instant(text, zone=zone))
    except ValueError:
        return ""


def _disagreement(one: Overruled, cycle: int | None) -> Settled:
    said = one.said
    base = {one.field: FieldBase(said.shown, one.holds.marketo, None, cycle, PUSH)}
    outcome = Outcome(
        object=said.entry,
        record_key=said.record_key,
        result=Result.UNCHANGED,
        stream=said.stream,
        digest=said.digest,
        base=base,
        code=DISAGREES.code,
        reason=DISAGREES.reason,
        payload=said.source,
    )
    return Settled(Row(said.source, said.record_key, said.digest), outcome)
