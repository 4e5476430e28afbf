"""The page on two-way, done as it is written: its SQL, its mapping, its user."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2.errors
import pytest

from tests.two_way.loader import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.two_way.world import World

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "keep-both-sides-in-step.md"
TABLE = """
create schema crm;
create table crm.contacts (
  contact_id integer primary key, email text, first_name text, title text, score integer,
  salary integer, updated_at timestamptz not null default now());
insert into crm.contacts values (17, 'ada@x.com', 'Ada', 'Queen', null, 9000);
"""


def blocks(language: str) -> list[str]:
    """The blocks of code of a language, in the order of the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def as_written(world: World) -> Iterator[World]:
    """A world whose table, user and mapping are those of the page."""
    name = world.database.database
    world.simulator.post(
        "/leads", input=[{"email": "Ada@x.com", "firstName": "Ada", "title": "Countess"}]
    )
    assert world.read().is_well
    world.database.execute("drop schema crm cascade", TABLE)
    for sql in blocks("sql"):
        world.database.execute(
            sql.replace("…", "secret")
            .replace("database crm", f"database {name}")
            .replace("marketo_prod", SCHEMA)
        )
    (mapping,) = blocks("yaml")
    (world.folder / "mapping.yml").write_text(mapping)
    database = world.database
    world.database = replace(database, user="marketo_sync_user", password="secret")
    yield world
    world.database = database
    world.database.execute("drop owned by marketo_sync_user cascade", "drop role marketo_sync_user")


def test_its_grants_and_its_mapping_are_enough(as_written: World) -> None:
    ended = as_written.reconcile()
    assert ended.is_well, ended.said
    rows = as_written.query("select record_key, marketo_id from marketo_sync.records")
    assert rows == [{"record_key": "17", "marketo_id": "1"}]
    (conflict,) = as_written.query("select field, policy from marketo_sync.conflicts")
    assert conflict == {"field": "title", "policy": "first_link"}
    (row,) = as_written.query("select marketo_lead_id, title from crm.contacts")
    assert row == {"marketo_lead_id": 1, "title": "Queen"}


COMMANDS = (
    *("plan", "status", "explain contacts 17", "conflicts list", "rejects list"),
    *("conflicts resolve --key 17 --winner marketo", "rejects retry"),
)


def test_its_user_may_run_every_command_and_the_target(as_written: World) -> None:
    as_written.query("update crm.contacts set first_name = 'Augusta' where contact_id = 17")
    assert as_written.reconcile().is_well
    assert as_written.write().is_well
    for command in COMMANDS:
        name, *words = command.split()
        told = as_written.place if name == "plan" else ("--database-url", as_written.database.url)
        ended = as_written.sync(name, *words, *told)
        assert ended.is_well, (command, ended.said)
    assert as_written.reconcile().is_well
    (row,) = as_written.query("select title, salary from crm.contacts")
    assert row == {"title": "Countess", "salary": 9000}
    assert as_written.leads()[1]["contactKey"] == "17"


FORBIDDEN = (
    "update crm.contacts set salary = 1",
    "insert into crm.contacts (contact_id) values (18)",
    "update marketo.leads set title = null",
    "create table marketo.mine (id integer)",
)


def test_its_user_may_touch_nothing_else(as_written: World) -> None:
    for statement in FORBIDDEN:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            as_written.query(statement)
