"""The whole way: `meltano run tap-marketo target-postgres`, looked at in Postgres."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg2.extras

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

HOUR_SECONDS = 3600
Lead = dict[str, Any]


def test_every_value_of_every_lead_arrives(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run()
    assert stored_leads(postgres) == true_leads(simulator, postgres)


def test_second_run_brings_what_changed_and_nothing_else(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run()
    before = row_counts(postgres)
    ((first_run_ended,),) = postgres.rows("select now() at time zone 'utc'")

    edited, deleted, winner, loser = sorted(stored_leads(postgres))[:4]
    simulator.post("/clock", advance_seconds=HOUR_SECONDS)
    (created,) = simulator.post("/leads", input=[{"email": "new@example.com"}])["ids"]
    simulator.post(f"/leads/{edited}", lastName='O\'Neil, "Bo"\n王')
    simulator.delete(f"/leads/{deleted}")
    simulator.post("/leads/merge", winner=winner, losers=[loser])
    simulator.post("/clock", advance_seconds=HOUR_SECONDS)
    meltano_run()

    stored = stored_leads(postgres)
    truth = true_leads(simulator, postgres)
    assert {lead: stored[lead] for lead in truth if lead != winner} == {
        lead: row for lead, row in truth.items() if lead != winner
    }
    written = postgres.rows(
        "select id from marketo.leads where _sdc_received_at > %s", (first_run_ended,)
    )
    assert {lead for (lead,) in written} - {winner} == {edited, created}
    assert added(postgres, before, "new_leads") == 1
    assert added(postgres, before, "lead_changes") == 1
    assert (deleted,) in postgres.rows('select "leadId" from marketo.deleted_leads')
    assert (winner, loser) in postgres.rows(
        'select "winningLeadId", "losingLeadId" from marketo.merged_leads'
    )


def test_run_killed_in_the_middle_is_made_good_by_the_next(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.install()
    simulator.delete("/calls")
    with meltano_run.start() as running:
        wait_for_calls(simulator, 8)
        os.killpg(running.pid, signal.SIGKILL)
    meltano_run("--force")  # Meltano holds a killed run for a living one for some minutes
    assert stored_leads(postgres) == true_leads(simulator, postgres)


def wait_for_calls(simulator: Simulator, calls: int) -> None:
    """Until the run has made that many calls."""
    while len(simulator.get("/calls")["calls"]) < calls:
        time.sleep(0.01)


def row_counts(postgres: Address) -> dict[str, int]:
    tables = postgres.rows(
        "select table_name from information_schema.tables where table_schema='marketo'"
    )
    return {
        table: postgres.rows(f"select count(*) from marketo.{table}")[0][0]  # noqa: S608 - our tables
        for (table,) in tables
    }


def added(postgres: Address, before: dict[str, int], table: str) -> int:
    return row_counts(postgres)[table] - before[table]


def stored_leads(postgres: Address) -> dict[int, Lead]:
    """All rows of `leads` by id, without the target's own columns, in JSON's types."""
    with postgres.connect() as connection:
        cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cursor.execute("select * from marketo.leads")
        return {
            row["id"]: {
                name: as_json(value) for name, value in row.items() if not name.startswith("_sdc_")
            }
            for row in cursor
        }


def true_leads(simulator: Simulator, postgres: Address) -> dict[int, Lead]:
    """What Marketo holds, in the columns of the table."""
    columns = [
        name
        for (name,) in postgres.rows(
            "select column_name from information_schema.columns"
            " where table_schema = 'marketo' and table_name = 'leads'"
        )
        if not name.startswith("_sdc_")
    ]
    return {
        lead["id"]: {name: clean(lead.get(name)) for name in columns}
        for lead in simulator.get("/leads")["leads"]
    }


def clean(value: Any) -> Any:
    """Postgres cannot store a NUL; the tap leaves it out."""
    return value.replace("\0", "") if isinstance(value, str) else value


def as_json(value: Any) -> Any:
    match value:
        case datetime():  # a column without zone, by agreement in UTC
            return value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
