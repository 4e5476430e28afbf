"""Activities through Meltano: a stream of one type, lead fields, a type that is renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

OPENED = 10
STREAMS = '["activities.*", "activity_open_email.*", "activity_read_the_mail.*"]'
TABLES = "select table_name from information_schema.tables where table_schema = 'marketo'"
SENT_TO = "select count(*), count(lead_email), count(distinct lead_email) from marketo."


def test_renamed_type_goes_on_in_its_table_with_the_fields_of_leads(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.environment |= {
        "TAP_MARKETO__SELECT": STREAMS,
        "TAP_MARKETO_ACTIVITY_LEAD_FIELDS": '["email", "leadScore"]',
    }
    meltano_run()
    ((before, with_address, addresses),) = postgres.rows(f"{SENT_TO}activity_open_email")
    assert before == with_address > 0
    assert addresses > 1

    simulator.post(f"/activity_types/{OPENED}", name="Read The Mail")
    simulator.post("/clock", advance_seconds=3600)
    simulator.post("/activities", input=[{"leadId": 1, "activityTypeId": OPENED}])
    meltano_run()
    ((after, *_),) = postgres.rows(f"{SENT_TO}activity_open_email")
    assert after == before + 1
    assert {table for (table,) in postgres.rows(TABLES)} == {"activities", "activity_open_email"}
