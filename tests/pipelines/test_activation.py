"""The way back: `meltano run activate`, three tables of Postgres, looked at in Marketo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo import activation

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

ADA = "ada@example.com"
SENT = {"101", "102", "201", "202"}  # of the others one has a bad address, one has not agreed


@pytest.fixture
def crm(postgres: Address, simulator: Simulator) -> Address:
    """The demo's tables, and a subscription that makes types of custom objects."""
    postgres.execute(f"create schema {activation.SCHEMA}", activation.TABLES.read_text())
    simulator.post("/settings", custom_object_types=True)
    return postgres


@pytest.mark.usefixtures("crm")
def test_three_tables_arrive_linked_in_one_run_and_a_second_run_writes_nothing(
    simulator: Simulator, meltano_run: MeltanoProject
) -> None:
    (ada,) = simulator.post("/leads", input=[{"email": ADA}])["ids"]
    meltano_run.activate()
    people = activation.leads(simulator)
    assert people.keys() == SENT
    assert people["101"]["id"] == ada
    assert (people["101"]["title"], people["101"]["planCode"]) == ("Countess", "Pro")
    assert people["201"]["company"] == "Harvard Computation Laboratory"
    sales = activation.orders(simulator)
    assert {key: order["leadId"] for key, order in sales.items()} == {
        "9001": ada,
        "9002": people["201"]["id"],
    }
    assert (sales["9001"]["total"], sales["9001"]["placedAt"]) == (120.5, "2026-11-20T09:00:00Z")
    simulator.delete("/calls")
    meltano_run.activate()
    made = simulator.get("/calls")["calls"]
    assert made, "even a run without changes looks at Marketo's fields"
    assert {call["method"] for call in made} == {"GET"}
    assert activation.leads(simulator) == people


def test_what_changed_is_sent_and_an_order_follows_its_mended_contact(
    simulator: Simulator, crm: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.activate()
    before = activation.leads(simulator)
    assert "9003" not in activation.orders(simulator)
    crm.execute(
        activation.MENDED,
        "update crm.contacts set title = null where contact_id = 201",
        "update crm.orders set status = 'paid' where order_id = 9001",
    )
    meltano_run.activate("activate-full")
    after = activation.leads(simulator)
    assert changed(before, after) == {"103", "201"}
    assert after["103"]["email"] == "mary@example.com"
    assert after["201"].get("title") is None
    sales = activation.orders(simulator)
    assert sales["9003"]["leadId"] == after["103"]["id"]
    assert sales["9001"]["status"] == "paid"


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The keys of what is new or otherwise."""
    return {key for key in after if after[key] != before.get(key)}
