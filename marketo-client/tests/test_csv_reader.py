"""The CSV reader: what the standard library writes comes back, and what Marketo breaks too."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_client import CorruptExportError
from marketo_client.bulk.csv_reader import read_file, read_rows

CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
AWKWARD_CELLS = st.text(alphabet='a,"\n\té漢', max_size=8)


def rows(text: str, *, columns: str) -> list[list[str | None]]:
    lines = io.StringIO(text, newline="\n")
    return list(read_rows(lines, columns=columns.split(",")))


def written(table: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table)
    return file.getvalue()


@pytest.mark.parametrize("last_line_end", ["\n", ""])
@given(table=st.lists(st.lists(CELLS | AWKWARD_CELLS, min_size=3, max_size=3)))
def test_every_table_reads_as_it_was_written(table, last_line_end):
    text = written([["a", "b", "c"], *table]).removesuffix("\n") + last_line_end
    expected = [[None if cell in {"null", ""} else cell for cell in row] for row in table]
    assert rows(text, columns="a,b,c") == expected


def as_json(cells):
    try:
        return isinstance(json.loads(cells[-1]), dict)
    except ValueError:
        return False


@pytest.mark.parametrize("name", ['Mei "', '"Mei" Ito', 'Ito","Mei', "Ito, Mei", ""])
@pytest.mark.parametrize(
    "document", [{"Merge IDs": "[20]", "Master": False}, {"a": ", b", "b": [1, None]}, {}]
)
def test_of_the_ways_to_read_broken_quotes_a_sensible_one_is_taken(name, document):
    lines = ["id,name,document\n", f'1,"{name}","{json.dumps(document)}"']
    columns = ["id", "name", "document"]
    [row] = read_rows(lines, columns=columns, sensible=as_json)
    assert (row[1] or "", json.loads(row[2])) == (name, document)


@given(cell=st.text(alphabet='ab" ', max_size=8))
def test_quotes_that_are_not_doubled_stay_in_the_value(cell):
    text = f'id,name,city\n1,"{cell}",Rome\n2,"x",Oslo'
    if '""' not in cell:
        found = rows(text, columns="id,name,city")
        assert found == [["1", cell or None, "Rome"], ["2", "x", "Oslo"]]


BROKEN = {
    "an undoubled quote": ('1,"first"Name1",x', ["1", 'first"Name1', "x"]),
    "undoubled quotes at the end": ('1,"say "hi"",x', ["1", 'say "hi"', "x"]),
    "an undoubled quote before a comma": ('1,"he "said", ok",x', ["1", 'he "said", ok', "x"]),
    "quotes in every cell": ('"1"","a"b","x"', ['1"', 'a"b', "x"]),
    "doubled and undoubled quotes": ('1,"a ""b"" "c", d",x', ["1", 'a "b" "c", d', "x"]),
    "a bare carriage return": ("1,a\rb,x", ["1", "a\rb", "x"]),
    "a bare carriage return beside quotes": ('1,a\rb,"x,y"', ["1", "a\rb", "x,y"]),
    "a carriage return at the end of a value": ("1,a,x\r", ["1", "a", "x\r"]),
    "the same beside quotes": ('1,"a,b",x\r', ["1", "a,b", "x\r"]),
    "carriage return and newline in quotes": ('1,"a\r\nb",x', ["1", "a\r\nb", "x"]),
    "NUL": ("1,a\0b,x\0", ["1", "ab", "x"]),
    "a separator that is no newline": ("1,a\u2028b\x0b,x", ["1", "a\u2028b\x0b", "x"]),
    "an undoubled quote over two lines": ('1,"a "b"\nc",x', ["1", 'a "b"\nc', "x"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_record_is_repaired_and_its_neighbours_are_untouched(kind):
    line, expected = BROKEN[kind]
    text = f'id,b,c\n0,"u,v",w\n{line}\n2,"y""",z\n3,p,q\n'
    assert rows(text, columns="id,b,c") == [
        ["0", "u,v", "w"],
        expected,
        ["2", 'y"', "z"],
        ["3", "p", "q"],
    ]


def test_a_quote_that_nothing_closes_stays_in_the_value():
    found = rows('id,b,c\n1,"abc,x\n2,5" pipe,"y"z"', columns="id,b,c")
    assert found == [["1", '"abc', "x"], ["2", '5" pipe', 'y"z']]


def test_the_word_null_is_null_and_so_is_an_empty_cell():
    found = rows('id,b,c\n1,null,\n2,"","null"\n', columns="id,b,c")
    assert found == [["1", None, None], ["2", None, None]]


def test_a_character_cut_in_its_middle_does_not_swallow_the_comma():
    file = io.BytesIO(b"id,b,c\n1,\xe6\xbc,x\n2,\xe6\xbc\xa2,\xff")
    found = list(read_file(file, columns=["id", "b", "c"]))
    assert found == [["1", "\ufffd", "x"], ["2", "漢", "\ufffd"]]


def test_line_ends_of_windows_are_known_by_the_header():
    assert rows('id,b\r\n1,x\r\n2,"y\r\nz"\r\n', columns="id,b") == [["1", "x"], ["2", "y\r\nz"]]


@pytest.mark.parametrize("text", ["", "id,b", "id,b\n"])
def test_a_file_without_rows_has_none(text):
    assert rows(text, columns="id,b") == []


@pytest.mark.parametrize("text", ["<html>oops</html>", "id\n1", "id,name\n1,x"])
def test_a_file_with_another_header_is_corrupt(text):
    with pytest.raises(CorruptExportError, match="first line"):
        rows(text, columns="id,b")


@pytest.mark.parametrize("line", ["1", "1,2,3", '"1"'])
def test_a_row_that_cannot_be_repaired_is_named_by_its_number(line):
    with pytest.raises(CorruptExportError, match="row 2"):
        rows(f"id,b\n1,x\n{line}", columns="id,b")


def test_a_wide_record_with_broken_quotes_is_repaired():
    names = [f"f{number}" for number in range(1500)]
    text = ",".join(names) + "\n" + ",".join(f'"{name}"x"' for name in names)
    assert rows(text, columns=",".join(names)) == [[f'{name}"x' for name in names]]
