"""Files for bulk import: what goes into one reads back as it was, and nothing doubtful goes in."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_client import LARGEST_FILE_BYTES, ImportFile, import_cell

SCALARS = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False))


@pytest.mark.parametrize(
    ("value", "cell"),
    [(True, "true"), (False, "false"), (0, "0"), (5.25, "5.25"), ('a "b", c', 'a "b", c')],
)
def test_a_value_has_one_cell(value, cell):
    assert import_cell(value) == cell


@pytest.mark.parametrize(
    "value", [None, "", "  ", "null", "NULL", " Ada", "Ada ", "a\\b", "two\nlines", "a\x85b", 1e30]
)
def test_what_marketo_may_read_otherwise_has_none(value):
    assert import_cell(value) is None


@given(st.lists(st.tuples(SCALARS, SCALARS), max_size=5))
def test_rows_read_back_as_they_were(rows):
    cells = [tuple(map(import_cell, row)) for row in rows]
    wanted = [row for row in cells if None not in row]
    file = ImportFile(["email", "firstName"])
    assert all(map(file.add, wanted))
    head, *found = csv.reader(io.StringIO(file.content.decode(), newline=""))
    assert (head, [tuple(row) for row in found]) == (["email", "firstName"], wanted)
    assert file.rows == len(wanted)


def test_a_file_is_full_before_marketo_refuses_it():
    file = ImportFile(["email", "notes"])
    while file.add(["ada@example.com", "x" * 30_000]):
        pass
    assert 8_900_000 < len(file.content) < LARGEST_FILE_BYTES - 500_000
    assert file.add(["ada@example.com", "short"])
