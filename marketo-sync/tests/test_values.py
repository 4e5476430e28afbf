"""The two forms of a value: one for each reader's, the same for both readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_client.codecs import CODECS, normalise
from marketo_sync import Cell, Form
from marketo_sync.values import as_json
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from demo.postgres import Address

CASES = Path(__file__).parent / "cases"
ZONE = "set timezone to 'America/Chicago'"  # the readers' sessions need not agree on a zone
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture(scope="session")
def rows(database: Address) -> list[dict[str, Any]]:
    """A table with a column of every type, as the reconciler's engine reads it."""
    engine = create_engine(database.url, json_deserializer=orjson.loads)
    with engine.connect() as connection:  # never committed: the table ends with it
        connection.exec_driver_sql(ZONE)
        connection.exec_driver_sql((CASES / "every_type.sql").read_text().replace("%", "%%"))
        found = connection.exec_driver_sql("select * from every_type order by id").mappings()
        rows = [dict(row) for row in found]
    engine.dispose()
    return rows


def taps_rows() -> list[dict[str, Any]]:
    """The same table as tap-postgres 0.10.0 has written it."""
    lines = (CASES / "every_type.singer").read_bytes().splitlines()
    return [message["record"] for line in lines if "record" in (message := orjson.loads(line))]


def test_both_readers_show_every_type_alike(rows: list[dict[str, Any]]):
    ours = [{name: as_json(value) for name, value in row.items()} for row in rows]
    assert ours == taps_rows()


@pytest.mark.parametrize("data_type", sorted(CODECS))
def test_what_fits_a_field_has_one_form_whoever_reads_it(
    rows: list[dict[str, Any]], data_type: str
):
    form = Form(data_type)
    for ours, theirs in zip(rows, taps_rows(), strict=True):
        for column, value in ours.items():
            assert cell(form, as_json(value)) == cell(form, theirs[column]), column


def cell(form: Form, value: Any) -> Cell | str:
    try:
        return form.cell(value)
    except ValueError as misfit:
        return str(misfit)


@pytest.mark.parametrize(
    ("data_type", "value", "database", "marketo"),
    [
        ("string", " Ada ", "Ada", " Ada "),
        ("string", "  ", None, None),
        ("string", {"a": [1, 2.5]}, '{"a":[1,2.5]}', '{"a":[1,2.5]}'),
        ("integer", "12.0", 12, 12),
        ("currency", 12.50, 12.5, 12.5),
        ("boolean", "0", False, False),
        ("date", "2026-11-24T23:30:00.000000+00:00", "2026-11-24", "2026-11-24"),
        ("datetime", "2026-11-24", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("datetime", "2026-11-24T10:00:00.9+02:00", "2026-11-24T08:00:00Z", "2026-11-24T08:00:00Z"),
    ],
)
def test_a_value_has_two_forms(data_type: str, value: Any, database: Any, marketo: Any):
    assert Form(data_type).cell(value) == Cell(database, marketo)


def test_a_translated_value_keeps_the_databases_word():
    form = Form("string", {"DE": "Germany"}.get)
    assert form.cell("DE") == Cell("DE", "Germany")


@given(TEXTS)
def test_the_form_of_a_text_is_what_marketos_answer_compares_with(text: str):
    form = Form("string")
    assert form.cell(text).database == normalise("string", form.cell(text).marketo)
