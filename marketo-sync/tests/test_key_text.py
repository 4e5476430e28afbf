"""The text of a key: the same for every reader, different for every key."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_sync import key_text, parse_streams

texts = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=5)
parts = st.one_of(texts, st.integers())
keys = st.lists(parts, min_size=2, max_size=3)


@given(first=keys, second=keys)
def test_different_compound_keys_have_different_texts(
    first: list[str | int], second: list[str | int]
) -> None:
    assert (key_text(first) == key_text(second)) == (first == second)


@given(key=keys)
def test_compound_key_is_a_json_array(key: list[str | int]) -> None:
    assert json.loads(key_text(key)) == key


@given(value=texts)
def test_single_text_is_its_own_key(value: str) -> None:
    assert key_text([value]) == value


@given(value=st.integers(-(2**53), 2**53))
def test_number_reads_the_same_from_every_driver(value: int) -> None:
    forms = [value, float(value), Decimal(value), Decimal(f"{value}.00")]
    assert {key_text([form]) for form in forms} == {str(value)}
    assert {key_text([form, "x"]) for form in forms} == {f'[{value},"x"]'}


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1.50"), "1.5"), (1.5, "1.5"), (True, "true"), (Decimal("1e21"), "1" + "0" * 21)],
)
def test_other_scalars_have_a_plain_text(value: object, text: str) -> None:
    assert key_text([value]) == text


@pytest.mark.parametrize("value", [None, "", float("nan"), float("inf"), -float("inf")])
def test_key_without_a_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a key column is"):
        key_text([value, "secret"])


@pytest.mark.parametrize("value", [2.0**64, -1e300, "a\0b", [1], {"a": 1}])
def test_key_that_is_no_exact_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"a key column is a (number|text|list)"):
        key_text([value, "secret"])


def test_entry_takes_its_key_columns_from_the_row() -> None:
    streams = {"roles": {"object": "opportunity_role", "key": {"b": "x", "a": "y"}}}
    entry = parse_streams(streams).entries[0]
    assert entry.key_text({"a": 1, "b": "two", "c": 3}) == '["two",1]'
