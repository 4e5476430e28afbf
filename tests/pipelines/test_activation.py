"""The way back: `meltano run activate`, a view of Postgres to leads, looked at in Marketo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo import activation

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

ADA = "ada@example.com"


@pytest.fixture
def crm(postgres: Address) -> Address:
    """The demo's tables: one contact has a bad address, one has not agreed."""
    postgres.execute(f"create schema {activation.SCHEMA}", activation.TABLES.read_text())
    return postgres


@pytest.mark.usefixtures("crm")
def test_contacts_become_leads_and_a_second_run_writes_nothing(
    simulator: Simulator, meltano_run: MeltanoProject
) -> None:
    (ada,) = simulator.post("/leads", input=[{"email": ADA}])["ids"]
    meltano_run.activate()
    sent = leads_by_key(simulator)
    assert sent.keys() == {"101", "102", "201", "202"}
    assert sent["101"]["id"] == ada
    assert (sent["101"]["title"], sent["101"]["planCode"]) == ("Countess", "Pro")
    simulator.delete("/calls")
    meltano_run.activate()
    made = simulator.get("/calls")["calls"]
    assert made, "even a run without changes looks at Marketo's fields"
    assert {call["method"] for call in made} == {"GET"}
    assert leads_by_key(simulator) == sent


def test_changed_row_and_mended_row_are_sent_and_no_other(
    simulator: Simulator, crm: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.activate()
    before = leads_by_key(simulator)
    crm.execute(activation.CURE, "update crm.contacts set title = null where contact_id = 201")
    meltano_run.activate("activate-full")
    after = leads_by_key(simulator)
    assert {key for key in after if after[key] != before.get(key)} == {"103", "201"}
    assert after["103"]["email"] == "mary@example.com"
    assert after["201"].get("title") is None


def leads_by_key(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """The leads that come from the demo's contacts, whose keys have three digits."""
    leads = simulator.get("/leads")["leads"]
    return {
        lead[activation.KEY]: lead for lead in leads if len(lead.get(activation.KEY) or "") == 3
    }
