"""Both ways in the demo: people whom both sides edit, and one cycle that brings them together.

Plays a user of each side. Looks at the ledger through `marketo-sync`, as a user would.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from demo import pipeline, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from demo.postgres import Address
    from demo.simulator import Simulator

    Run = Callable[[Sequence[str], Mapping[str, str]], None]

SCHEMAS: Final = ("desk", "marketo_sync")
TABLES: Final = Path(__file__).with_name("two_way.sql")
MAPPING: Final = Path(__file__).with_name("two-way-mapping.yml")
TWO_WAY: Final = (*pipeline.MELTANO, "two-way")
FIRST: Final = 901  # people's keys go up from there
MINUTE_SECONDS: Final = 60
CONFLICT_FIELDS: Final = ("field", "policy", "marketo_value", "database_value", "winner")
CHANGE_FIELDS: Final = ("cycle", "side", "old", "new", "rule")
PEOPLE: Final = """
select person_id, marketo_lead_id, title, country, city, phone, deleted_in_marketo
  from desk.people order by person_id
"""
COLUMNS: Final = ("person", "lead", "title", "country", "city", "phone", "deleted")
ECHOES: Final = """
select count(*) from marketo.lead_changes changes
  join marketo_sync.records on marketo_id = changes."leadId"::text
 where changes."fieldName" = 'contactKey' and changes.source = 'Web service API'
"""


def settings(database: Address) -> dict[str, str]:
    """Of this part alone: its table, its mapping, and a ledger beside the tables."""
    incremental = {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}
    return {
        "MARKETO_SYNC_DATABASE_URL": database.url,
        "MARKETO_SYNC_MAPPING_FILE": str(MAPPING),
        "TARGET_MARKETO_MAPPING_FILE": str(MAPPING),
        "TARGET_MARKETO_LEDGER_URL": database.url,
        "TAP_POSTGRES__SELECT": json.dumps(["desk-people.*"]),
        "TAP_POSTGRES__METADATA": json.dumps({"desk-people": incremental}),
        "TAP_POSTGRES_FILTER_SCHEMAS": json.dumps(["desk"]),
    }


def play(marketo: Simulator, database: Address, environment: Mapping[str, str], run: Run) -> None:
    """Link people to their leads, edit both sides, and run one cycle; `run` runs one command."""
    environment = {**environment, **settings(database)}
    database.execute(TABLES.read_text())
    print("Both ways: four people of `desk.people` are leads already. The first cycle links them.")
    run(TWO_WAY, environment)
    _show_people(database)
    leads = dict(database.rows("select person_id, marketo_lead_id from desk.people"))
    print("Then both sides are edited, the same fields on both:")
    print(*(f"  - {step}" for step in _edit(marketo, database, leads)), "", sep="\n")
    run(TWO_WAY, environment)
    _show_people(database)
    ((echoes,),) = database.rows(ECHOES)
    print(
        f"{echoes} change rows of Marketo were echoes of the keys that we had sent: they equal the"
        " base,\nso nothing was done about them. What was decided (`marketo-sync conflicts list"
        " --all`):"
    )
    _show(environment, CONFLICT_FIELDS, "conflicts", "list", "--all")
    print(f"\nWhere that title is from (`marketo-sync explain people {FIRST} --field title`):")
    _show(environment, CHANGE_FIELDS, "explain", "people", str(FIRST), "--field", "title")


def _edit(marketo: Simulator, database: Address, leads: Mapping[int, int]) -> list[str]:
    """What a user of each side does; the desk's user is a minute earlier."""
    first, second, third, fourth = sorted(leads)
    marketo.post("/clock", advance_seconds=MINUTE_SECONDS)
    earlier = marketo.get("/clock")["now"]
    edits = "title = 'Countess', country = 'Malta', city = 'Valletta', phone = '+356 21'"
    database.execute(
        f"update desk.people set {edits}, updated_at = '{earlier}' where person_id = {first}"  # noqa: S608 - ours
    )
    marketo.post("/clock", advance_seconds=MINUTE_SECONDS)
    changed = {"title": "Queen", "country": "Italy", "city": "Rome", "phone": "+39 06"}
    marketo.post(f"/leads/{leads[first]}", **changed)
    marketo.post("/leads/merge", winner=leads[second], losers=[leads[third]])
    marketo.delete(f"/leads/{leads[fourth]}")
    marketo.post("/clock", advance_seconds=MINUTE_SECONDS)
    return [
        f"at the desk, person {first} gets {edits}",
        f"in Marketo, a minute later, lead {leads[first]} gets other values in all four",
        f"in Marketo, {leads[third]} is merged into {leads[second]}, and {leads[fourth]} deleted",
    ]


def _show_people(database: Address) -> None:
    print(report.table(COLUMNS, database.rows(PEOPLE)) + "\n")


def _show(environment: Mapping[str, str], fields: Sequence[str], *words: str) -> None:
    """What `marketo-sync` answers, as a table of these fields."""
    command = ("marketo-sync", *words, "--database-url", environment["MARKETO_SYNC_DATABASE_URL"])
    asked = {k: v for k, v in environment.items() if k != "MARKETO_SYNC_LEDGER_URL"}
    told = subprocess.run(
        (*command, "--format", "json"), check=True, env=asked, capture_output=True
    )
    found: list[dict[str, Any]] = json.loads(told.stdout)
    print(report.table(fields, [[each[name] for name in fields] for each in found]))
