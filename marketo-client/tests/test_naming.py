"""Names of streams and columns: pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_client import ActivityType
from marketo_client.naming import LONGEST_NAME, camel, column_names, fitted, snake, stream_names


def kind(number, name):
    return ActivityType(number, name, "", None, None, ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Visit Webpage", "visit_webpage"),
        ("  A--b (c) ", "a_b_c"),
        ("訪問", ""),
        ("7 Days", "7_days"),
    ],
)
def test_snake_keeps_letters_and_digits(text, name):
    assert snake(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("Source Type", "sourceType"), ("SFDC Type", "sfdcType"), ("Form Name", "formName")],
)
def test_camel_joins_words(text, name):
    assert camel(text) == name


def test_later_type_of_one_name_gets_its_id():
    types = [kind(1, "Visit Webpage"), kind(100002, "Visit-Webpage"), kind(9, "訪問")]
    assert stream_names(types, known={}) == {
        1: "activity_visit_webpage",
        100002: "activity_visit_webpage_100002",
        9: "activity_9",
    }


def test_known_stream_keeps_its_name_and_nobody_takes_it():
    types = [kind(1, "Renamed"), kind(2, "Visit Webpage")]
    names = stream_names(types, known={1: "activity_visit_webpage"})
    assert names == {1: "activity_visit_webpage", 2: "activity_visit_webpage_2"}


def test_attributes_clash_neither_with_each_other_nor_with_columns():
    names = column_names(["Seconds", "seconds", "leadid", "Lead ID"], taken=["leadId"])
    assert list(names.values()) == ["seconds", "seconds_2", "leadid_3", "lead_id"]


@given(st.lists(st.text(max_size=80), unique=True, max_size=30))
def test_columns_are_unique_and_fit_a_database(names):
    columns = list(column_names(names, taken=["marketoGUID"]).values())
    assert len(set(columns)) == len(names)
    assert all(0 < len(column) <= LONGEST_NAME for column in columns)


@given(st.text(min_size=1, max_size=200))
def test_shortened_name_is_always_the_same(name):
    assert fitted(name) == fitted(name)
    assert len(fitted(name)) <= LONGEST_NAME
