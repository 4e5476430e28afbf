"""Both ways through Meltano: its own tap-postgres and target-postgres, a column of every type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

PEOPLE = """
create schema crm;
create type crm.mood as enum ('sad', 'ok');
create table crm.people (
  person_id bigint primary key, marketo_lead_id bigint, updated_at timestamptz default now(),
  email varchar(80), first_name char(12), a_text text, an_integer smallint, a_numeric numeric(8, 2),
  a_double double precision, a_boolean boolean, a_date date, a_timestamp timestamp,
  an_instant timestamptz, a_uuid uuid, a_mood crm.mood, a_document jsonb, some_texts text[],
  a_price numeric, a_time time);
create function crm.touch() returns trigger language plpgsql as
'begin new.updated_at := now(); return new; end';
create trigger touch before update on crm.people for each row execute function crm.touch();
insert into crm.people values
  (1, null, now(), 'Ada@Example.com', 'Ada', ' Countess ', 7, 12.50, 2.5, true, '2026-11-24',
   '2026-11-24 10:00:00.123456', '2026-11-24 10:00:00.5+02', gen_random_uuid(), 'ok',
   '{"b": 1, "a": [1, 2.50]}', '{a,"b c"}', 10.00, '10:00:01.5'),
  (2, null, now(), 'grace@example.com', null, '', null, null, null, null, null, null, null, null,
   null, null, null, null, null);
"""
FIELDS = {
    "email": "email",
    "first_name": "firstName",
    "a_text": "planCode",
    "an_integer": "seats",
    "a_numeric": "lifetimeValue",
    "a_double": "npsValue",
    "a_boolean": "isVip",
    "a_date": "renewalDate",
    "a_timestamp": "lastSeenAt",
    "an_instant": "customerNumber",
    "a_uuid": "plan_code",
    "a_mood": "title",
    "a_document": "freeText",
    "some_texts": "notesArea",
    "a_price": "city",
    "a_time": "country",
}
ENTRY = {
    "object": "lead",
    "table": "crm.people",
    "key": {"person_id": "contactKey"},
    "changed_at": "updated_at",
    "marketo_id": "marketo_lead_id",
    "fields": FIELDS,
}
INCREMENTAL = {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}


@pytest.fixture
def settings(postgres: Address, tmp_path: Path) -> dict[str, str]:
    """Those of a project whose one table is crm.people."""
    postgres.execute(PEOPLE)
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(yaml.safe_dump({"objects": {"people": ENTRY}}))
    return {
        "MARKETO_SYNC_DATABASE_URL": postgres.url,
        "MARKETO_SYNC_MAPPING_FILE": str(mapping),
        "TARGET_MARKETO_MAPPING_FILE": str(mapping),
        "TARGET_MARKETO_LEDGER_URL": postgres.url,
        "TAP_POSTGRES__SELECT": json.dumps(["crm-people.*"]),
        "TAP_POSTGRES__METADATA": json.dumps({"crm-people": INCREMENTAL}),
        "TAP_POSTGRES_STREAM_MAPS": "{}",
    }


@pytest.mark.slow  # three whole runs of Meltano
@pytest.mark.timeout(900)
def test_a_value_of_every_type_goes_to_marketo_and_comes_back_in_silence(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject, settings: dict[str, str]
) -> None:
    meltano_run.two_way(**settings)
    ada = lead_of(simulator, "1")
    assert (ada["email"], ada["planCode"], ada["lifetimeValue"], ada["isVip"]) == (
        *("Ada@Example.com", " Countess "),
        *(12.5, True),
    )
    simulator.post("/clock", advance_seconds=60)
    simulator.post(f"/leads/{ada['id']}", planCode="Queen", lifetimeValue=99.999, isVip=False)
    simulator.post("/clock", advance_seconds=60)
    meltano_run.two_way(**settings)
    row = people(postgres)[1]
    assert (row["a_text"], float(row["a_numeric"]), row["a_boolean"]) == ("Queen", 100.0, False)
    assert row["marketo_lead_id"] == ada["id"]
    before = people(postgres), simulator.get("/leads")
    simulator.delete("/calls")
    meltano_run.two_way(**settings)
    assert (people(postgres), simulator.get("/leads")) == before
    assert written(simulator) == []
    assert postgres.rows("select * from marketo_sync.conflicts") == []
    assert postgres.rows("select * from marketo_sync.rejects") == []


def lead_of(simulator: Simulator, key: str) -> dict[str, Any]:
    leads = simulator.get("/leads")["leads"]
    (lead,) = [each for each in leads if each.get("contactKey") == key]
    return lead


def people(postgres: Address) -> dict[int, dict[str, Any]]:
    rows = postgres.rows(
        "select to_jsonb(people) || jsonb_build_object('x', xmin::text) from crm.people"
    )
    return {row["person_id"]: row for (row,) in rows}


def written(simulator: Simulator) -> list[str]:
    """Calls that write leads."""
    calls = simulator.get("/calls")["calls"]
    return [call["path"] for call in calls if call["method"] == "POST" and "/leads" in call["path"]]
