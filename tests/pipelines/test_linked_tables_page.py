"""The page on linked tables, done as it is written: its SQL, its mapping, its type by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from marketo_sync import load_mapping

from demo import activation

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "send-linked-tables.md"
ROWS = """
insert into crm.accounts (account_id, name) values (1, 'Analytical Engines');
insert into crm.contacts (contact_id, account_id, email, first_name) values
  (101, 1, 'ada@example.com', 'Ada'), (102, 1, 'charles@example.com', 'Charles');
insert into crm.orders (order_id, contact_id, total, status, placed_at) values
  (1, 101, 1.5, 'open', '2026-11-20 09:00+00'), (2, 101, 2, 'open', '2026-11-20 09:00+00');
"""
GONE = (
    "delete from crm.orders where order_id = 2",
    "delete from crm.contacts where contact_id = 102",
)


def block(language: str) -> str:
    """The one block of code of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (only,) = found
    return only


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The page's mapping, as a file."""
    path = tmp_path / "mapping.yml"
    path.write_text(block("yaml"))
    return path


def test_its_mapping_is_that_of_the_demo_with_deletes(mapping: Path) -> None:
    demo = yaml.safe_load((ROOT / "marketo-mapping.yml").read_text())["objects"]
    shown = yaml.safe_load(mapping.read_text())["objects"]
    assert load_mapping(mapping).entries
    for name, entry in shown.items():
        same = entry.keys() - {"fields", "deleted_in_database"}
        assert {key: entry[key] for key in same} == {key: demo[name][key] for key in same}
        assert entry["fields"].items() <= demo[name]["fields"].items()


@pytest.mark.slow  # five runs of Meltano
@pytest.mark.timeout(900)
def test_its_tables_go_to_marketo_with_a_type_by_hand_and_what_is_deleted_follows(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject, mapping: Path
) -> None:
    postgres.execute("create schema crm", block("sql"), ROWS)
    simulator.post("/settings", custom_object_types=False)
    simulator.post("/fields", name="isGone", displayName="Is Gone", dataType="boolean")
    settings = {"TARGET_MARKETO_MAPPING_FILE": str(mapping)}
    before = simulator.get("/leads")
    told = meltano_run.stopped("activate", **settings)
    assert simulator.get("/leads") == before
    simulator.post("/custom_object_types", **definition(told))
    meltano_run.activate(**settings)
    people = activation.leads(simulator)
    assert {key: lead["company"] for key, lead in people.items()} == dict.fromkeys(
        ("101", "102"), "Analytical Engines"
    )
    assert owners(simulator) == {"1": people["101"]["id"], "2": people["101"]["id"]}
    settings["TARGET_MARKETO_MAX_DELETE_PERCENT"] = "70"
    meltano_run.activate("activate-full", **settings)
    postgres.execute(*GONE)
    meltano_run.activate("activate-full", **settings)
    assert owners(simulator).keys() == {"1", "2"}, "missing for the first time"
    meltano_run.activate("activate-full", **settings)
    assert owners(simulator).keys() == {"1"}
    flags = {key: lead.get("isGone") for key, lead in activation.leads(simulator).items()}
    assert (flags["101"] or False, flags["102"]) == (False, True)


def definition(told: str) -> dict[str, Any]:
    """The type to enter, as the run told it in JSON; the fields as the page's table shows them."""
    text = re.search(r"the same as JSON:.*?(\{.*\})", told, re.DOTALL)
    assert text, told
    found: dict[str, Any] = json.JSONDecoder().raw_decode(text[1])[0]
    shown = re.findall(
        r"^        ([a-z]\w+) +\S.*?  +(string|link|float|datetime)", PAGE.read_text(), re.MULTILINE
    )
    assert [(field["name"], field["dataType"]) for field in found["fields"]] == shown
    return {name: value for name, value in found.items() if name != "pluralName"}


def owners(simulator: Simulator) -> dict[str, int]:
    """The lead of each order."""
    return {key: order["leadId"] for key, order in activation.orders(simulator).items()}
