"""Every Postgres type that can take Marketo's values: pulled, compared, pushed; then silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from marketo_sync import FieldBase, Form, Ledger, Outcome, Result

if TYPE_CHECKING:
    from two_sides import Sides

OWN_TYPES = """
create type crm.mood as enum ('sad', 'ok', 'glad');
create domain crm.positive as integer check (value > 0);
create domain crm.words as varchar(20);
create domain crm.price as numeric(6, 2);
"""
LANDED = {  # as target-postgres makes a column of each data type
    "boolean": "boolean",
    "integer": "bigint",
    "score": "bigint",
    "float": "double precision",
    "currency": "double precision",
    "date": "date",
    "datetime": "timestamp",
}


class Case(NamedTuple):
    """A column, the data type of its field, two values of Marketo's, and an edit of the user's."""

    column: str
    field: str
    first: Any
    second: Any
    edit: Any


UUID = "0b7fe6a4-1d2e-4e52-9d3a-0c8d7b0d6a11"
OF_TYPES = (
    ("smallint", "integer", 7, 0, 9),
    ("integer", "score", 7, -8, 9),
    ("bigint", "integer", 7, 2_147_483_647, 9),
    ("crm.positive", "integer", 7, 8, 9),
    ("integer", "boolean", True, False, 1),
    ("numeric", "currency", 12.345, 0.1, "12345678.90"),
    ("numeric(6, 2)", "currency", 12.345, 0.005, "1.10"),
    ("numeric(6, 0)", "currency", 12.5, 13.5, "14"),
    ("crm.price", "currency", 12.345, -12.355, "1.10"),
    ("real", "float", 1.1, 16_777_217.0, 3.3),
    ("double precision", "float", 1.1, 1e-7, 3.3),
    ("text", "currency", 12.50, 13.5, "14.250"),
    ("boolean", "boolean", True, False, True),
    ("text", "boolean", True, False, "true"),
    ("text", "string", "Ada", "ÉVE", " Augusta "),
    ("varchar(10)", "string", "Ada", "0123456789", "Bob  "),
    ("char(8)", "string", "ab", "cd", "ef"),
    ("name", "string", "Ada", "Eve", "Bob"),
    ("crm.words", "string", "Ada", "Eve", "Bob"),
    ("crm.mood", "string", "ok", "sad", "glad"),
    ("text", "email", "ada@x.com", "EVE@x.com", "Bob@X.com"),
    ("text", "text", "one\ntwo", "{not json", "a,b"),
    ("uuid", "string", UUID, UUID.replace("0b", "1b").upper(), UUID.replace("0b", "2b")),
    ("inet", "string", "10.0.0.1", "10.0.0.2/8", "10.0.0.3/32"),
    ("date", "date", "2026-11-24", "1999-01-01", "0099-12-31"),
    ("date", "datetime", "2026-11-24T23:30:00", "2026-11-25T00:30:00", "2026-11-26"),
    (
        "timestamp",
        "datetime",
        "2026-11-24T10:00:00",
        "2026-11-24T10:00:01",
        "2026-11-25 10:00:00.5",
    ),
    ("timestamp(0)", "datetime", "2026-11-24T10:00:00", "2026-11-24T10:00:01", "2026-11-25"),
    (
        "timestamptz",
        "datetime",
        "2026-11-24T10:00:00",
        "2026-03-29T01:30:00",
        "2026-11-25 10:00:00.9+05",
    ),
    ("timestamptz", "date", "2026-11-24", "2026-11-25", "2026-11-26 23:00:00+00"),
    ("time", "string", "10:00:01", "10:00:02", "10:00:03.5"),
    ("timetz", "string", "10:00:01+00:00", "10:00:02+02:00", "10:00:03+05:30"),
    ("json", "text", '{"a": 1}', "[1, 2]", '{"b":  [1]}'),
    ("jsonb", "text", '{"a": 1}', "[1, 2.50]", '{"b":  [1]}'),
    ("text[]", "text", '["a", "b c"]', "[]", "{d,e}"),
    ("integer[]", "text", "[1, 2]", "[3]", "{4}"),
)
CASES = [Case(*each) for each in OF_TYPES]
NAMES = [f"{case.column.replace(' ', '')} as {case.field}" for case in CASES]


@pytest.fixture
def both(sides: Sides) -> Sides:
    """A row and its lead with a field for each case, all empty, that have met."""
    sides.database.execute(OWN_TYPES)
    for number, case in enumerate(CASES):
        landed = LANDED.get(case.field, "text")
        sides.database.execute(
            f"alter table crm.contacts add c{number} {case.column}",
            f"alter table marketo.leads add f{number} {landed}",
        )
        sides.land(
            "lead_fields", name=f"f{number}", dataType=case.field, updateable=True,
            isCompanyField=False,
        )  # fmt: skip
    fields = {f"c{n}": {"to": f"f{n}", "conflict": "review"} for n in range(len(CASES))}
    sides.entry["fields"] = {"email": {"to": "email", "conflict": "review"}, **fields}
    sides.linked()
    return sides


def fields(values: list[Any]) -> dict[str, Any]:
    return {f"f{number}": value for number, value in enumerate(values)}


def counts(sides: Sides) -> dict[str, int]:
    return {str(what): number for what, number in sides.reconcile().counts["contacts"].items()}


def moved(sides: Sides) -> dict[str, str]:
    """What the last cycle has written, by case, and the rule."""
    (last,) = sides.query("select max(cycle) as id from marketo_sync.changes")
    rows = sides.ledger("changes", cycle=last["id"])
    return {NAMES[int(row["field"][1:])]: row["rule"] for row in rows}


def test_every_type_takes_marketos_values_and_gives_them_back(both: Sides):
    for values in ([case.first for case in CASES], [case.second for case in CASES]):
        both.tick()
        both.lead(1001, **fields(values))
        assert counts(both) == {"pulled": 1}
        assert moved(both).keys() == set(NAMES)
        assert set(moved(both).values()) == {"pull"}
        assert counts(both) == {}
        assert both.ledger("pending") == both.ledger("rejects") == both.ledger("conflicts") == []


def test_what_every_type_made_of_marketos_values_agrees_when_both_sides_meet_again(both: Sides):
    for values in ([case.first for case in CASES], [case.second for case in CASES]):
        both.tick()
        both.lead(1001, **fields(values))
        both.reconcile()
        both.database.execute("drop schema marketo_sync cascade")  # as if it were lost
        found = counts(both)
        held = [NAMES[int(row["field"][1:])] for row in both.ledger("conflicts")]
        assert held == []
        assert found == {"linked": 1, "agreed": len(CASES) + 2}


def test_an_edit_of_every_type_is_pushed_once_and_read_back_in_silence(both: Sides):
    both.edit_row(1, **{f"c{number}": case.edit for number, case in enumerate(CASES)})
    assert counts(both) == {"pushed": 1}
    (waiting,) = both.ledger("pending")
    assert waiting["why"].count("push") == len(CASES)
    cells = [
        Form(case.field).cell(waiting["row"][f"c{number}"]) for number, case in enumerate(CASES)
    ]
    both.tick()
    with Ledger.open(both.database.url, command="target-marketo", host="localhost") as ledger:
        base = {
            f"f{number}": FieldBase(cell.database, cell.marketo, both.now, ledger.cycle_id, "push")
            for number, cell in enumerate(cells)
        }
        ledger.settle([
            Outcome(
                "contacts", "1", Result.UPDATED, "crm-contacts", "digest", marketo_id="1001",
                base=base,
            )
        ])  # fmt: skip
    both.tick()
    both.lead(1001, **fields([cell.marketo for cell in cells]))
    for _ in range(2):
        assert counts(both) == {}
    assert both.ledger("pending") == both.ledger("rejects") == both.ledger("conflicts") == []
