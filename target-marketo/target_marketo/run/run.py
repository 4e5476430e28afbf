"""One run: its entries, their families and flows. Opened in `opening.py`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import COMPANY_ID, Direction, ObjectKind, parse_streams

from target_marketo.companies.company_fields import CompanyFields
from target_marketo.companies.company_values import CompanyValues
from target_marketo.companies.company_writer import CompanyWriter
from target_marketo.desk.owners_file import OwnersFile
from target_marketo.errors import LaterPreflightError, PreflightError
from target_marketo.flow.answers import Answers
from target_marketo.flow.flow import RowFlow
from target_marketo.objects.strangers import Strangers
from target_marketo.objects.type_definition import column_fields
from target_marketo.planning.link_plans import Linked
from target_marketo.planning.names import entry_by_name, kind_by_name
from target_marketo.planning.preflight import Findings, Survey, check, no_such_type, not_written
from target_marketo.sending.delivery import Delivery
from target_marketo.sending.dry_run import DryRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack
    from sqlite3 import Connection

    from marketo_sync import Entry

    from target_marketo.desk.desk import Desk
    from target_marketo.imports import FilesOfRun
    from target_marketo.objects import Families, Family
    from target_marketo.planning.plan import Plan
    from target_marketo.run.types_of_run import TypesOfRun
    from target_marketo.run.versions import Versions
    from target_marketo.sending.delivery import Carrier, Recipient

log = logging.getLogger("target-marketo")

# Parents before children. Marketo docs: Lead Database; a kind that is not written has no flow.
ORDER: Final = (ObjectKind.COMPANY, ObjectKind.LEAD, ObjectKind.CUSTOM_OBJECT)


@dataclass(slots=True)
class Run:
    """What one run holds open, and its flows by stream."""

    config: Mapping[str, Any]
    entries: dict[str, Entry]
    desk: Desk
    families: Families
    types: TypesOfRun
    versions: Versions
    scratch: Connection
    stack: ExitStack = field(repr=False)
    files: FilesOfRun
    flows: dict[str, RowFlow] = field(default_factory=dict)
    _company_fields: CompanyFields | None = None

    def flow(self, stream: str, schema: Mapping[str, Any], keys: Sequence[str]) -> RowFlow:
        """The flow of a stream with these columns. Raises PreflightError."""
        try:
            return self._flow(stream, schema, keys)
        except PreflightError as error:
            if self.flows:
                raise LaterPreflightError(error.problems) from None
            raise

    def _flow(self, stream: str, schema: Mapping[str, Any], keys: Sequence[str]) -> RowFlow:
        entry = self._entry(stream, keys)
        columns = dict(schema.get("properties", {}))
        self.types.bring_about(entry, columns)
        plan = replace(self._plan(entry, columns), stream_keys=tuple(keys))
        if stream not in self.flows:
            if entry.fields is None and (refusals := self.refusals([entry])):
                raise PreflightError(refusals)
            self.flows[stream] = self._new_flow(plan, columns)
        flow = self.flows[stream]
        flow.plan = plan
        return flow

    def flow_of_entry(self, entry: Entry) -> RowFlow | None:
        """The flow of an entry whose stream has not come; None where only columns could tell."""
        can_tell = entry.fields is not None and not self.types.is_to_come(entry)
        if entry.stream not in self.flows and can_tell:
            self.flows[entry.stream] = self._new_flow(self._plan(entry, None), None)
        return self.flows.get(entry.stream)

    def entries_in_order(self) -> list[Entry]:
        """All entries, parents before children."""
        return sorted(self.entries.values(), key=lambda entry: (_rank(entry), self._depth(entry)))

    def refusals(self, entries: Iterable[Entry]) -> list[str]:
        """Which of the entries Marketo does not take at all, of those that never worked.

        Only a write tells, and so a dry run cannot.
        """
        if self.config["dry_run"]:
            return []
        fresh = [entry for entry in entries if not self._has_worked(entry)]
        refusals = (
            (entry, self.families.of_kind(entry.object, entry.api_name).refusal())
            for entry in fresh
        )
        return [f"{self._place(entry)}: {refusal}" for entry, refusal in refusals if refusal]

    def _has_worked(self, entry: Entry) -> bool:
        """Whether it, or one that asks for it, has ever sent anything."""
        askers = self._asking_for_companies if entry is COMPANIES_OF_LEADS else []
        return any(self.desk.ledger.known_fields(each.name) for each in (entry, *askers))

    def _place(self, entry: Entry) -> str:
        """Where the mapping asks for an entry; for companies of leads, their leads do."""
        if entry is not COMPANIES_OF_LEADS:
            return f"entry `{entry.name}`"
        askers = self._asking_for_companies
        return " and ".join(f"entry `{each.name}`, company {each.company}" for each in askers)

    @property
    def _asking_for_companies(self) -> list[Entry]:
        return [each for each in self.entries.values() if each.company]

    @property
    def strangers(self) -> Strangers:
        """Looks up parents that only Marketo knows."""
        return Strangers(self._keyed)

    def close(self) -> None:
        """Let go of calls, connections and the ledger's lock."""
        self.stack.close()

    def findings(self, entry: Entry, columns: Mapping[str, Any] | None = None) -> Findings:
        """What preflight finds out about an entry."""
        family = self.families.of(entry)
        if family is None:
            return Findings(problems=[not_written(entry)])
        shape = self.types.shape(entry)
        if shape is None:
            return Findings(problems=[no_such_type(entry)])
        named = column_fields(entry, columns) if entry.create_type else None
        linked = dict(self._linked(entry))
        past = self.desk.ledger.known_fields(entry.name)
        return check(entry, Survey(shape, family.steps, linked, named, columns, past))

    def _entry(self, stream: str, keys: Sequence[str]) -> Entry:
        for entry in self.entries.values():
            if entry.stream == stream:
                return entry
        mapped = [each.stream for each in self.entries.values() if each is not COMPANIES_OF_LEADS]
        family = self.families.of_kind(*kind_by_name(stream, mapped))
        entry = entry_by_name(stream, keys, family.shape)
        self.entries[entry.name] = entry
        return entry

    def _linked(self, entry: Entry) -> Iterator[tuple[str, Linked]]:
        """The entries that this one links to, as far as this target writes them."""
        names = {link.object for link in entry.link}
        for name, other in self.entries.items():
            is_company = entry.company is not None and other.object is ObjectKind.COMPANY
            is_meant = (is_company or name in names) and self.families.of(other)
            if is_meant and (shape := self.types.shape(other)):
                yield name, Linked(other, shape, self._sent_by(other))

    def _sent_by(self, entry: Entry) -> frozenset[str]:
        """The fields that an entry sends, as far as its mapping, its columns or the past tell."""
        if entry.fields is None:
            flow = self.flows.get(entry.stream)
            known = flow.plan.field_names if flow else frozenset()
            return known | self.desk.ledger.known_fields(entry.name)
        sent = (each.to for each in entry.fields if each.direction is not Direction.TO_DATABASE)
        return frozenset((*sent, *(part.field for part in entry.key)))

    def _depth(self, entry: Entry) -> int:
        """How many entries stand between this one and one without links."""
        parents = (self.entries[link.object] for link in entry.link)
        return max((self._depth(parent) + 1 for parent in parents), default=0)

    def _plan(self, entry: Entry, columns: Mapping[str, Any] | None) -> Plan:
        findings = self.findings(entry, columns)
        if findings.plan is None:
            raise PreflightError(findings.problems)
        for line in findings.left_out:
            if line not in self.desk.tally.left_out:
                log.warning("left out: %s", line)
                self.desk.tally.left_out.append(line)
        return findings.plan

    def _keyed(self, name: str) -> tuple[Family, Plan] | None:
        """The calls and the plan of an entry, whose columns need not be known for its key."""
        entry = self.entries[name]
        family = self.families.of(entry)
        plan = None if self.types.is_to_come(entry) else self.findings(entry).plan
        return (family, plan) if family and plan else None

    def _new_flow(self, plan: Plan, columns: Mapping[str, Any] | None) -> RowFlow:
        entry = plan.entry
        family = self.families.of_kind(entry.object, entry.api_name)

        def replan() -> Plan:
            """The plan after Describe was read again."""
            family.describe_again()
            return replace(self._plan(entry, columns), stream_keys=plan.stream_keys)

        company = self._companies() if entry.company is not None else None
        flow = RowFlow(self.desk, family, plan, company=company, replan=replan)
        flow.outbox.carrier = self._carrier(Answers(flow))
        self.desk.flows.append(flow)
        self.files.open(flow)
        return flow

    def _companies(self) -> CompanyFields:
        """What all leads of the run say of their companies."""
        if self._company_fields is None:
            self._company_fields = self._new_company_fields()
            self.desk.flows.append(self._company_fields)
        return self._company_fields

    def _new_company_fields(self) -> CompanyFields:
        family = self.families.of_kind(ObjectKind.COMPANY)
        values = CompanyValues(self.scratch)
        makes = COMPANIES_OF_LEADS in self.entries.values()
        names = (e.name for e in self.entries.values() if e.object is ObjectKind.COMPANY)
        plan = self._plan(COMPANIES_OF_LEADS, None)
        writer = CompanyWriter(self.desk, family, plan, values, awaited=next(names), keeps=makes)
        writer.outbox.carrier = self._carrier(writer)
        return CompanyFields(self.desk, writer, values, makes=makes)

    def _carrier(self, recipient: Recipient) -> Carrier:
        if self.config["dry_run"]:
            file = OwnersFile("dry_run_path", self.config.get("dry_run_path"))
            return DryRun(self.desk, recipient, file)
        return Delivery(self.desk, recipient)


def with_companies(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The entries by name, and one for companies that only their leads name."""
    found = {entry.name: entry for entry in entries}
    kinds = {entry.object for entry in entries}
    if ObjectKind.COMPANY in kinds or not any(entry.company for entry in entries):
        return found
    name = COMPANIES_OF_LEADS.name
    if name in found:
        problem = f"entry `{name}`: companies of leads are kept under this name; choose another"
        raise PreflightError([problem])
    return {**found, name: COMPANIES_OF_LEADS}


def _rank(entry: Entry) -> int:
    return ORDER.index(entry.object) if entry.object in ORDER else len(ORDER)


COMPANIES_OF_LEADS: Final = parse_streams(
    {
        "company": {
            "object": "company",
            "stream": "(companies of leads)",
            "key": {COMPANY_ID: COMPANY_ID},
            "fields": {},
        }
    }
).entries[0]
