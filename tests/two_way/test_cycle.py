"""Whole cycles between a simulated Marketo and a CRM: tap, loader, reconcile, target."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.two_way.world import World


def insert(world: World, **values: object) -> int:
    names = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    (row,) = world.query(
        f"insert into crm.contacts ({names}) values ({places}) returning contact_id",  # noqa: S608
        *values.values(),
    )
    return int(row["contact_id"])


def test_both_sides_fill_each_other_and_then_stay_quiet(world: World):
    ada = insert(world, email="ada@x.com", first_name="Ada", title="Countess", vip=True)
    (bob,) = world.simulator.post(
        "/leads", input=[{"email": "bob@x.com", "firstName": "Bob", "leadScore": 7}]
    )["ids"]
    (eve,) = world.simulator.post(
        "/leads", input=[{"email": "EVE@x.com", "firstName": "Eve", "country": "Peru"}]
    )["ids"]
    row_of_eve = insert(world, email="eve@x.com", first_name="Eve", plan="gold")
    for _ in range(2):
        world.cycle()
    contacts, leads, links = world.contacts(), world.leads(), world.links()
    assert links[row_of_eve] == eve
    assert set(links.values()) == leads.keys()
    row_of_bob = next(key for key, lead in links.items() if lead == bob)
    assert (contacts[row_of_bob]["first_name"], contacts[row_of_bob]["score"]) == ("Bob", 7)
    assert leads[bob]["contactKey"] == str(row_of_bob)
    assert (leads[links[ada]]["title"], leads[links[ada]]["isVip"]) == ("Countess", True)
    assert (contacts[row_of_eve]["country"], leads[eve]["planCode"]) == ("Peru", "gold")
    assert contacts[row_of_eve]["marketo_lead_id"] == eve
    world.cycle()
    quiet(world)


def quiet(world: World) -> None:
    """A cycle without edits writes nothing on either side, and makes no call that writes."""
    world.simulator.delete("/calls")
    rows = world.query("select xmin::text, * from crm.contacts order by contact_id")
    leads = world.leads()
    world.cycle()
    assert world.writes() == []
    assert world.query("select xmin::text, * from crm.contacts order by contact_id") == rows
    assert world.leads() == leads


def test_an_edit_of_each_side_reaches_the_other_once(world: World):
    ada = insert(world, email="ada@x.com", first_name="Ada")
    for _ in range(2):
        world.cycle()
    lead = world.links()[ada]
    world.simulator.post(f"/leads/{lead}", country="Peru", isVip=True)
    world.query("update crm.contacts set plan = 'gold', note = 'vip' where contact_id = %s", ada)
    world.cycle()
    row, shown = world.contacts()[ada], world.leads()[lead]
    assert (row["country"], row["vip"]) == ("Peru", True)
    assert (shown["planCode"], shown["freeText"]) == ("gold", "vip")
    world.cycle()
    quiet(world)


def test_marketos_own_form_of_a_pushed_value_makes_no_loop(world: World):
    ada = insert(world, email="ada@x.com", first_name="  Ada ", title="x" * 300)
    for _ in range(2):
        world.cycle()
    assert world.query("select code from marketo_sync.rejects") == [{"code": "local.too_long"}]
    world.query("update crm.contacts set title = 'Countess' where contact_id = %s", ada)
    for _ in range(2):
        world.cycle()
    assert world.leads()[world.links()[ada]]["title"] == "Countess"
    quiet(world)


def test_a_row_that_an_incremental_read_never_sees_is_sent_all_the_same(world: World):
    ada = insert(world, email="ada@x.com", plan="basic")
    for _ in range(2):
        world.cycle()
    world.query("alter table crm.contacts disable trigger touch")
    world.query("update crm.contacts set plan = 'gold', updated_at = '2020-01-01'")
    world.cycle()
    assert world.leads()[world.links()[ada]]["planCode"] == "gold"
    quiet(world)


def test_a_push_is_dated_by_marketos_own_clock(world: World):
    ada = insert(world, email="ada@x.com", plan="basic")
    world.cycle()
    now = datetime.fromisoformat(world.simulator.get("/clock")["now"])
    (record,) = world.query("select * from marketo_sync.records")
    assert (record["record_key"], record["pushed_at"]) == (str(ada), now)
    assert datetime.fromisoformat(record["base"]["planCode"]["pushed_at"]) == now


@pytest.mark.parametrize("statement", [40, 72, 78, 90])
def test_a_kill_leaves_each_row_as_before_or_as_behind(world: World, statement: int):
    keys = [insert(world, email=f"{name}@x.com", first_name=name) for name in "abc"]
    for _ in range(2):
        world.cycle()
    for key, lead in world.links().items():
        world.simulator.post(f"/leads/{lead}", country="Peru")
        world.query("update crm.contacts set plan = 'gold' where contact_id = %s", key)
    world.pass_time(5)
    assert world.read().is_well
    world.reconcile(die_at=statement)
    waiting = {row["record_key"] for row in world.query("select * from marketo_sync.pending")}
    told = world.query("select * from marketo_sync.changes where field = 'country'")
    for record in world.query("select * from marketo_sync.records"):
        is_behind = world.contacts()[int(record["record_key"])]["country"] == "Peru"
        assert (record["base"].get("country", {}).get("database") == "Peru") is is_behind
        assert (record["record_key"] in waiting) is is_behind
        assert (record["record_key"] in {row["record_key"] for row in told}) is is_behind
    for _ in range(2):
        world.cycle()
    assert {row["country"] for row in world.contacts().values()} == {"Peru"}
    assert {lead["planCode"] for lead in world.leads().values()} == {"gold"}
    assert len(world.leads()) == len(keys)
    quiet(world)


def test_an_edit_in_marketo_between_reading_and_writing_is_kept_as_a_lost_update(world: World):
    ada = insert(world, email="ada@x.com", plan="basic")
    for _ in range(2):
        world.cycle()
    lead = world.links()[ada]
    world.query("update crm.contacts set plan = 'gold' where contact_id = %s", ada)
    world.pass_time(5)
    assert world.read().is_well
    assert world.reconcile().is_well
    world.pass_time(5)
    world.simulator.post(f"/leads/{lead}", planCode="silver")
    world.pass_time(5)
    assert world.write().is_well
    for _ in range(2):
        world.cycle()
    (lost,) = world.query("select * from marketo_sync.conflicts")
    assert (lost["policy"], lost["marketo_value"], lost["database_value"], lost["winner"]) == (
        *("lost_update", "silver"),
        *("gold", "database"),
    )
    assert world.leads()[lead]["planCode"] == world.contacts()[ada]["plan"] == "gold"


def test_a_row_and_a_lead_that_appear_at_once_are_linked_before_anything_is_overwritten(
    world: World,
):
    world.cycle()
    world.pass_time(5)
    assert world.read().is_well
    (lead,) = world.simulator.post(
        "/leads", input=[{"email": "ada@x.com", "title": "Queen", "country": "Peru"}]
    )["ids"]
    ada = insert(world, email="ada@x.com", title="Countess", plan="gold")
    assert world.reconcile().is_well
    assert world.write().is_well
    for _ in range(2):
        world.cycle()
    assert world.links() == {ada: lead}
    shown, row = world.leads()[lead], world.contacts()[ada]
    assert (shown["title"], row["title"]) == ("Queen", "Countess")  # held for a person
    assert (shown["planCode"], row["country"]) == ("gold", "Peru")


def test_merges_and_deletes_in_marketo_reach_the_rows(world: World):
    keys = [insert(world, email=f"{name}@x.com", first_name=name) for name in "abc"]
    for _ in range(2):
        world.cycle()
    first, second, third = (world.links()[key] for key in keys)
    world.simulator.post("/leads/merge", winner=first, losers=[second])
    world.simulator.delete(f"/leads/{third}")
    for _ in range(2):
        world.cycle()
    contacts = world.contacts()
    assert contacts.keys() == {keys[0], keys[2]}
    assert (contacts[keys[2]]["gone"], contacts[keys[2]]["marketo_lead_id"]) == (True, None)
    assert world.leads().keys() == {first}
    quiet(world)
