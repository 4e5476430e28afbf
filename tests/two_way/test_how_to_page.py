"""The page on two-way, done as it is written: its SQL, its mapping, its user."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
            sql.replace("…", "secret").replace("database crm", f"database {name}")
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
