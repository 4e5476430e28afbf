"""The field-type table: its laws, and the forms that Marketo really sends."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_client import CODECS, codec, normalise

INSTANTS = st.integers(-62_000_000_000, 250_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
MOMENTS = INSTANTS.map(lambda moment: moment.replace(tzinfo=None).isoformat() + "Z")
VALUES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "string": st.text(),
    "date": st.dates().map(str),
    "date-time": MOMENTS,
}
REFUSALS = {
    "",
    "not a number",
    "not a whole number of 64 bits",
    "neither true nor false",
    "not a text",
    "not a date",
    "no such day",
    "not a date with a time",
    "no such date or time",
}
TYPED_VALUES = st.sampled_from(sorted(CODECS)).flatmap(
    lambda name: st.tuples(
        st.just(name), VALUES[codec(name).json_schema.get("format", codec(name).json_type)]
    )
)


@given(TYPED_VALUES)
def test_what_is_read_writes_and_reads_again_the_same(typed):
    data_type, value = typed
    read = codec(data_type).from_rest(value)
    assert codec(data_type).from_rest(codec(data_type).to_rest(read)) == read


@given(TYPED_VALUES)
def test_the_csv_form_reads_like_the_rest_form(typed):
    data_type, value = typed
    cell = value if isinstance(value, str) else json.dumps(value)
    assert codec(data_type).from_csv(cell) == codec(data_type).from_rest(value)
    assert type(codec(data_type).from_csv(cell)) is type(codec(data_type).from_rest(value))


@given(TYPED_VALUES)
def test_normalising_twice_is_normalising_once(typed):
    data_type, value = typed
    once = normalise(data_type, value)
    assert normalise(data_type, once) == once


@given(TYPED_VALUES)
def test_a_read_value_is_of_its_json_schema(typed):
    data_type, value = typed
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    allowed = codec(data_type).json_schema["type"]
    found = names[type(codec(data_type).from_rest(value))]
    assert found in allowed or (found == "integer" and "number" in allowed)


@pytest.mark.parametrize("data_type", sorted(CODECS))
@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text())
def test_any_scalar_is_read_or_refused_without_being_repeated(data_type, value):
    assert refusal(data_type, value) in REFUSALS


def refusal(data_type, value):
    try:
        codec(data_type).from_rest(value)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("data_type", sorted(CODECS))
def test_null_is_null_in_every_form(data_type):
    row = codec(data_type)
    assert [row.from_rest(None), row.from_csv(None), row.from_change(None), row.to_rest(None)] == (
        [None] * 4
    )
    assert normalise(data_type, "  ") is None


@pytest.mark.parametrize(
    ("data_type", "value", "expected"),
    [
        ("score", "10.0", 10),
        ("Integer", 10.0, 10),
        ("integer", "-9223372036854775808", -(2**63)),
        ("percent", "99", 99),
        ("percent", "99.50", 99.5),
        ("currency", "34.66", 34.66),
        ("float", "1e3", 1000),
        ("boolean", "1", True),
        ("boolean", 0, False),
        ("boolean", "True", True),
        ("date", "2020-08-30", "2020-08-30"),
        ("datetime", "2020-08-30T05:49:48.000Z", "2020-08-30T05:49:48Z"),
        ("datetime", "2020-08-30T05:49:48-0800", "2020-08-30T13:49:48Z"),
        ("datetime", "2020-08-30T05:49:48Z+0000", "2020-08-30T05:49:48Z"),
        ("datetime", "2014-11-13 12:43:04", "2014-11-13T12:43:04Z"),
        ("string", "a\0b", "ab"),
        ("string", "", ""),
        ("string", "007", "007"),
        ("string", 5, "5"),
        ("reference", 1, "1"),
        ("array", ["a", {"b": 1}], '["a",{"b":1}]'),
        ("a type of tomorrow", True, "true"),
    ],
)
def test_a_value_reads(data_type, value, expected):
    found = codec(data_type).from_rest(value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("integer", "14.1"),
        ("integer", 14.1),
        ("integer", "1_000"),
        ("integer", "٣"),
        ("integer", 2**63),
        ("integer", True),
        ("score", "high"),
        ("float", "14c"),
        ("float", "nan"),
        ("float", math.inf),
        ("float", "9" * 400),
        ("integer", 10**400),
        ("percent", "100%"),
        ("boolean", "other"),
        ("boolean", 2),
        ("date", "2020-02-30"),
        ("date", "20200830"),
        ("date", 20200830),
        ("datetime", "yesterday"),
        ("datetime", "2020-08-30"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("datetime", "2020-13-30T00:00:00Z"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(data_type, value):
    with pytest.raises(ValueError, match=r"^[a-z0-9 ]+$"):
        codec(data_type).from_rest(value)


def test_change_rows_write_booleans_and_moments_their_own_way():
    central = timezone(timedelta(hours=-6))
    assert codec("boolean").from_change("True") is True
    assert codec("integer").from_change("5") == 5
    assert codec("datetime").from_change("2026-01-26 18:46:00") == "2026-01-26T18:46:00Z"
    assert codec("datetime").from_change("2026-01-26 18:46:00", zone=central) == (
        "2026-01-27T00:46:00Z"
    )


@given(INSTANTS)
def test_a_moment_is_the_same_in_every_zone(moment):
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert normalise("datetime", elsewhere.isoformat()) == normalise("datetime", moment.isoformat())


def test_values_compare_by_what_they_mean():
    assert normalise("string", " Ada ") == normalise("string", "Ada")
    assert normalise("string", "ada") != normalise("string", "Ada")
    assert normalise("currency", "1604.470") == normalise("currency", 1604.47)
    assert normalise("score", "10.0") == normalise("score", 10)
    assert normalise("boolean", "False") == normalise("boolean", 0)
