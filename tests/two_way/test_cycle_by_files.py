"""Cycles whose pushes go in files: none is undone by what was read before it, none comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.two_way.world import World

PEOPLE = 20
IMPORT = "/bulk/v1/leads.json"


@pytest.fixture
def filed(world: World) -> World:
    """Linked leads and rows; from now on ten pushes go in a file."""
    world.query(
        "insert into crm.contacts (email, first_name, plan, note)"
        " select 'p' || n || '@x.com', 'Person ' || n, 'basic', 'first'"
        " from generate_series(1, %s) n",
        PEOPLE,
    )
    world.settings = {
        "bulk_import": "auto",
        "bulk_import_threshold": 10,
        "poll_interval_seconds": 1,
    }
    for _ in range(2):
        world.cycle()
    return world


def files(world: World) -> int:
    return sum(call["path"] == IMPORT for call in world.writes())


def plans(world: World) -> tuple[list[str], list[str]]:
    """Of all rows and of all leads."""
    rows, leads = world.contacts().values(), world.leads().values()
    return [row["plan"] for row in rows], [lead["planCode"] for lead in leads]


def rewrite(world: World) -> None:
    """Every row changes in a field that the database wins and in one that is only pushed."""
    world.simulator.delete("/calls")
    world.query("update crm.contacts set plan = 'gold', note = 'second'")


def assert_quiet(world: World) -> None:
    """Another two cycles write nothing anywhere."""
    world.simulator.delete("/calls")
    rows = world.query("select xmin::text, * from crm.contacts order by contact_id")
    for _ in range(2):
        world.cycle()
    assert world.writes() == []
    assert world.query("select xmin::text, * from crm.contacts order by contact_id") == rows


def test_a_first_load_in_a_file_is_linked_and_then_stays_quiet(filed: World):
    assert files(filed) == 1
    assert len(filed.links()) == len(filed.leads()) == PEOPLE
    assert_quiet(filed)


def test_a_push_by_file_is_not_undone_by_copies_that_were_read_before_it(filed: World):
    rewrite(filed)
    filed.pass_time(1)
    assert filed.reconcile().is_well
    for lead in filed.leads():
        filed.simulator.post(f"/leads/{lead}", country="Peru")
    for step in (filed.read, filed.write, filed.reconcile):
        filed.pass_time(1)
        assert step().is_well
    assert {row["country"] for row in filed.contacts().values()} == {"Peru"}  # of the same copies
    assert plans(filed) == (["gold"] * PEOPLE, ["gold"] * PEOPLE)
    bases = filed.query(
        "select base::jsonb -> 'planCode' ->> 'marketo' as plan from marketo_sync.records"
    )
    assert {each["plan"] for each in bases} == {"gold"}
    filed.cycle()
    assert plans(filed) == (["gold"] * PEOPLE, ["gold"] * PEOPLE)
    assert len(filed.writes()) == 1
    assert_quiet(filed)


def test_an_edit_in_marketo_behind_a_file_is_pulled(filed: World):
    rewrite(filed)
    filed.cycle()
    row, lead = min(filed.links().items())
    filed.pass_time(1)
    filed.simulator.post(f"/leads/{lead}", country="Peru")
    for _ in range(2):
        filed.cycle()
    assert filed.contacts()[row]["country"] == "Peru"
    assert len(filed.writes()) == 1
    assert_quiet(filed)


def test_an_edit_in_marketo_that_a_file_overwrites_is_kept_as_a_lost_update(filed: World):
    rewrite(filed)
    filed.pass_time(1)
    assert filed.read().is_well
    assert filed.reconcile().is_well
    row, lead = min(filed.links().items())
    filed.pass_time(1)
    filed.simulator.post(f"/leads/{lead}", planCode="silver")
    filed.pass_time(1)
    assert filed.write().is_well
    for _ in range(2):
        filed.cycle()
    assert plans(filed) == (["gold"] * PEOPLE, ["gold"] * PEOPLE)
    (lost,) = filed.query("select * from marketo_sync.conflicts")
    assert (lost["record_key"], lost["policy"]) == (str(row), "lost_update")
    assert (lost["marketo_value"], lost["database_value"]) == ("silver", "gold")
    assert_quiet(filed)
