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
    from collections.abc import Collection

    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

HOUR_SECONDS = 3600
LONGEST_NAME = 63  # characters of a Postgres identifier
COLUMNS = """
select column_name from information_schema.columns
 where table_schema = 'marketo' and table_name = 'leads' and column_name not like '\\_sdc\\_%'
"""
Lead = dict[str, Any]


def test_every_value_of_every_lead_arrives(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run()
    assert differences(simulator, postgres) == {}


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

    assert differences(simulator, postgres, without={winner, loser, deleted}) == {}
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
    assert differences(simulator, postgres) == {}


def differences(
    simulator: Simulator, postgres: Address, *, without: Collection[int] = ()
) -> dict[tuple[int, str], tuple[Any, Any]]:
    """What Postgres and Marketo hold, where that is not the same, by lead and column."""
    stored, truth = stored_leads(postgres), true_leads(simulator, postgres)
    columns = next(iter(stored.values()))
    return {
        (lead, name): (stored.get(lead, {}).get(name), truth.get(lead, {}).get(name))
        for lead in (stored.keys() | truth.keys()) - set(without)
        for name in columns
        if stored.get(lead, {}).get(name) != truth.get(lead, {}).get(name)
    }


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
    fields = simulator.get("/fields")["fields"]
    columns = {
        column: next(field for field in fields if is_column_of(column, field["name"]))
        for (column,) in postgres.rows(COLUMNS)
    }
    return {
        lead["id"]: {
            column: as_stored(lead.get(field["name"]), field["data_type"])
            for column, field in columns.items()
        }
        for lead in simulator.get("/leads")["leads"]
    }


def is_column_of(column: str, field: str) -> bool:
    """Whether the column is the field's; names that Postgres would cut end in a digest."""
    return field == column or (len(field) > LONGEST_NAME and field.startswith(column[:40]))


def as_stored(value: Any, data_type: str) -> Any:
    """The value without what an export or Postgres cannot carry."""
    if value is None and data_type == "boolean":
        return False  # booleans are never null in Marketo
    if value in (None, "null"):
        return None  # an export says `null` for no value, and cannot quote the word
    if data_type == "reference":
        return str(value)
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
