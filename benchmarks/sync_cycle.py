"""Claim: 100,000 linked rows of which 1,000 changed are reconciled in 10 seconds, in flat memory.

Half of the changes are edits of rows, half are edits of leads, with their change rows. Marketo is
what a loader has landed; the server of Postgres runs on the same machine, and its time counts.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError, Program, side_by_side
from benchmarks.ratios import Ratio
from benchmarks.target_cpu import postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.child import Cost
    from demo.postgres import Address

COMMAND: Final = Path(sys.executable).parent / "marketo-sync"
MANY: Final = 100_000
FEW: Final = 10_000
CHANGED: Final = 1_000
ROUNDS: Final = 3
PROMISED_SECONDS: Final = 10
KEPT: Final = 1
FLAT: Final = 1.1
MEGABYTE: Final = 1_000_000
SDC: Final = "_sdc_extracted_at timestamp, _sdc_received_at timestamp, _sdc_deleted_at timestamp"
TYPES: Final = {
    "email": "email",
    **dict.fromkeys(("firstName", "lastName", "title", "country", "planCode"), "string"),
    "leadScore": "integer",
    "isVip": "boolean",
    "lifetimeValue": "currency",
    "contactKey": "string",
}
TABLES: Final = f"""
create schema marketo;
create table marketo.leads (
  id bigint primary key, "contactKey" text, email text, "firstName" text, "lastName" text,
  title text, country text, "planCode" text, "leadScore" bigint, "isVip" boolean,
  "lifetimeValue" numeric, {SDC});
create table marketo.lead_changes (
  "marketoGUID" text, "leadId" bigint, "activityDate" timestamp, "fieldName" text,
  "oldValue" text, "newValue" text, source text, "campaignId" bigint, {SDC},
  primary key ("marketoGUID", "fieldName"));
create index on marketo.lead_changes ("leadId");
create table marketo.merged_leads (
  "winningLeadId" bigint, "losingLeadId" bigint, "activityDate" timestamp, {SDC});
create table marketo.deleted_leads ("leadId" bigint, "activityDate" timestamp, {SDC});
create table marketo.lead_fields (
  name text primary key, "dataType" text, updateable boolean, "isCompanyField" boolean, {SDC});
create schema crm;
create table crm.contacts (
  contact_id integer primary key, email text, first_name text, last_name text, title text,
  country text, plan text, score integer, vip boolean, worth numeric(8, 2),
  marketo_lead_id bigint, updated_at timestamptz not null);
"""
FILL_FIELDS: Final = (
    'insert into marketo.lead_fields (name, "dataType", updateable, "isCompanyField") values '
)
FILL: Final = """
insert into crm.contacts
select n, 'contact.' || n || '@example.com', 'Ada' || n % 977, 'Lovelace-' || n, 'Countess', 'UK',
  (array['basic', 'pro'])[n % 2 + 1], n % 100, n % 20 = 0, n % 1000, 1000000 + n,
  '2026-11-24 09:00:00+00'
from generate_series(1, {size}) n;
insert into marketo.leads
select marketo_lead_id, contact_id, email, first_name, last_name, title, country, plan, score, vip,
  worth, '2026-11-24 09:30:00'
from crm.contacts;
analyze;
"""
EDIT_ROWS: Final = """
update crm.contacts set title = 'Row {turn}', updated_at = '2026-11-24 10:00:00+00'
where contact_id % {step} = {turn};
"""
EDIT_LEADS: Final = """
insert into marketo.lead_changes
select md5(id || '-{turn}'), id, '2026-11-24 10:00:00', 'firstName', "firstName", 'Lead {turn}',
  'Lead update', null, '2026-11-24 10:01:00', '2026-11-24 10:01:00'
from marketo.leads where id % {step} = {place};
update marketo.leads set "firstName" = 'Lead {turn}', _sdc_extracted_at = '2026-11-24 10:01:00'
where id % {step} = {place};
"""
ENTRY: Final = {
    "object": "lead",
    "table": "crm.contacts",
    "key": {"contact_id": "contactKey"},
    "changed_at": "updated_at",
    "marketo_id": "marketo_lead_id",
    "fields": {
        "email": "email",
        "first_name": "firstName",
        "last_name": "lastName",
        "title": "title",
        "country": "country",
        "plan": "planCode",
        "score": {"to": "leadScore", "direction": "to_database"},
        "vip": "isVip",
        "worth": "lifetimeValue",
    },
}


@dataclass
class Crm:
    """Linked rows in a database of their own, and the cycles over them."""

    database: Address
    folder: Path
    size: int
    turn: int = 0

    def fill(self) -> None:
        """Rows and leads that show the same and have never met."""
        fields = ", ".join(f"('{name}', '{kind}', true, false)" for name, kind in TYPES.items())
        self.database.execute(
            TABLES,
            FILL_FIELDS + fields,
            FILL.format(size=self.size),
        )

    def first(self) -> Cost:
        """All of them meet."""
        return self._reconcile(("reconcile", "--allow-large"), {"linked": self.size})

    def changed(self) -> Cost:
        """A cycle after so many changes, none of a row that was changed before."""
        self.turn += 1
        step = self.size * 2 // CHANGED
        place = (1_000_000 + step // 2 + self.turn) % step
        self.database.execute(
            EDIT_ROWS.format(turn=self.turn, step=step),
            EDIT_LEADS.format(turn=self.turn, step=step, place=place),
        )
        return self._reconcile(("reconcile",), {"pulled": CHANGED // 2, "pushed": CHANGED // 2})

    def unchanged(self) -> Cost:
        """A cycle that has nothing to do."""
        return self._reconcile(("reconcile",), {})

    def _reconcile(self, words: tuple[str, ...], expected: dict[str, int]) -> Cost:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "mapping.json").write_text(json.dumps({"objects": {"contacts": ENTRY}}))
        options = ("--format", "json", "--mapping-file", "mapping.json")
        environment = {"MARKETO_SYNC_DATABASE_URL": self.database.url}
        program = Program([str(COMMAND), *words, *options], self.folder, environment)
        cost = program.run()
        counts = json.loads(program.output.read_text())["objects"].get("contacts", {})
        if any(counts.get(what) != number for what, number in expected.items()):
            raise BenchmarkError(f"a cycle was to count {expected}, not {counts}")
        return cost


def measure(folder: Path) -> list[Ratio]:
    """The first cycle, cycles with 1,000 changes, and cycles without, of many rows and of few."""
    with postgres() as large, postgres() as small:
        sides = [Crm(large, folder / "many", MANY), Crm(small, folder / "few", FEW)]
        first = {}
        runs: dict[str, Callable[[], Cost]] = {}
        for crm in sides:
            crm.fill()
            first[crm.size] = crm.first()
            crm.database.execute("vacuum analyze")
            runs[f"changed {crm.size}"] = crm.changed
            runs[f"unchanged {crm.size}"] = crm.unchanged
        costs = side_by_side(ROUNDS, **runs)
    return [
        _time(f"a cycle, {MANY:,} rows, {CHANGED:,} changed", costs[f"changed {MANY}"], KEPT),
        _time(f"a cycle, {MANY:,} rows, none changed", costs[f"unchanged {MANY}"], KEPT),
        _memory(f"{CHANGED:,} changed", costs[f"changed {MANY}"], costs[f"changed {FEW}"], FLAT),
        _time(f"first cycle, {MANY:,} rows", first[MANY]),
        _memory("first cycle", first[MANY], first[FEW]),
    ]


def _time(what: str, cost: Cost, at_most: float | None = None) -> Ratio:
    return Ratio(what, cost.seconds, PROMISED_SECONDS, "s", base_is="allowed", at_most=at_most)


def _memory(what: str, many: Cost, few: Cost, at_most: float | None = None) -> Ratio:
    return Ratio(
        f"memory, {what}, {MANY:,} rows",
        many.peak_bytes / MEGABYTE,
        few.peak_bytes / MEGABYTE,
        "MB",
        base_is=f"{FEW:,} rows",
        at_most=at_most,
    )
