"""What may stand in a log of Marketo's own words."""

from __future__ import annotations

import pytest
from marketo_client.withheld import LONGEST_TEXT, without_values

KEPT = [
    "Access token expired",
    "Max rate limit '100' exceeded with in '20' secs",
    "Concurrent access limit '10' reached",
    "Request method 'POST' not supported",
    "Lookup field 'userId' not found",
    'Field "customer_key__c" not found',
    "Lead '7149' not found",
    "Unsupported filter type for target subscription: updatedAt",
    "Export daily quota 500MB exceeded.",
    "There are 10 imports currently being processed. Please try again later",
    "Multiple lead match lookup criteria",
    "You can't do that, the leads' owner isn't there",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_tells_nothing_of_a_record_stays(text):
    assert without_values(text) == text


WITHHELD = [
    ("Invalid value for field 'email' and value 'bob@x'", "and value (withheld)"),
    ("Invalid value 'Ada O'Neil' for field 'lastName'", "for field 'lastName'"),
    ("Value 'Ada' is not valid", "Value (withheld) is not valid"),
    ('value "Ada Lovelace" of field "name"', 'of field "name"'),
    ("Invalid value: Ada Lovelace", "Invalid (withheld)"),
    ("Lead 'Ada' not found", "Lead (withheld) not found"),
    ("Lead <ada@example.com> is gone", "is gone"),
    ("No lead for ada+b@example.co.uk, try later", "try later"),
    ("Phone +49 30 000007 is wrong", "is wrong"),
    ("Phone (030) 123-4567 is wrong", "is wrong"),
    ("No key 0049300000071", "No key (withheld)"),
    ("Lead 'ada@exa", "Lead (withheld)"),
    ("Field 'Ada Lovelace' not found", "Field (withheld) not found"),
]


@pytest.mark.parametrize(("text", "stays"), WITHHELD)
def test_values_of_records_go(text, stays):
    told = without_values(text)
    assert stays in told
    for secret in ("Ada", "ada", "Lovelace", "Neil", "bob", "000007", "4567", "0049"):
        assert secret not in told


def test_long_texts_are_cut():
    assert len(without_values("no " * 500)) == LONGEST_TEXT
