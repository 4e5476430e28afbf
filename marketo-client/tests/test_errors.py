"""The error table and the sentences made of it."""

from __future__ import annotations

import pytest
from marketo_client import (
    ERRORS,
    AlreadyQueuedError,
    ExportQuotaError,
    FeatureMissingError,
    Level,
    MarketoError,
    MissingPermissionError,
    QueueFullError,
    RecordNotFoundError,
    SkipRecordError,
    StopForTodayError,
    WaitError,
    error_rule,
)
from marketo_client.errors import refusal


def test_codes_are_the_texts_that_marketo_sends():
    assert all(code.isdigit() for code in ERRORS)


def test_codes_that_cost_no_quota_are_the_documented_ones():
    free = {code for code, rule in ERRORS.items() if not rule.counted}
    assert free == {"601", "602", "604", "605", "608", "611"}


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Too many jobs in queue", QueueFullError),
        ("Export daily quota 500MB exceeded.", ExportQuotaError),
        ("Job already queued", AlreadyQueuedError),
    ],
)
def test_the_three_meanings_of_1029_are_told_apart(text, family):
    assert error_rule("1029", text).family is family


def test_reactions_follow_from_the_family():
    assert issubclass(error_rule("606").family, WaitError)
    assert issubclass(error_rule("607").family, StopForTodayError)
    assert error_rule("1035").family is FeatureMissingError
    assert error_rule("9999").family is MarketoError


def test_a_refusal_names_code_request_permission_and_remedy_but_no_value():
    error = refusal(
        "603",
        "Access denied for value 'planted' of ada@example.com",
        endpoint="/rest/v1/activities.json",
        request_id="e42b#19a1b2c3d4e",
        permission="Read-Only Activity",
    )
    assert isinstance(error, MissingPermissionError)
    assert (error.code, error.request_id) == ("603", "e42b#19a1b2c3d4e")
    for part in ("603", "e42b#19a1b2c3d4e", "Read-Only Activity", "/rest/v1/activities.json"):
        assert part in str(error)
    assert "planted" not in str(error)
    assert "ada@example.com" not in str(error)


@pytest.mark.parametrize(
    ("code", "family", "level"),
    [
        ("616", FeatureMissingError, Level.RESPONSE),
        ("1013", RecordNotFoundError, Level.EITHER),
        ("1016", QueueFullError, Level.RESPONSE),
        ("1017", SkipRecordError, Level.RECORD),
        ("1018", FeatureMissingError, Level.EITHER),
        ("1019", QueueFullError, Level.RESPONSE),
        ("1021", SkipRecordError, Level.RECORD),
        ("1022", SkipRecordError, Level.EITHER),
        ("1026", FeatureMissingError, Level.EITHER),
        ("1036", SkipRecordError, Level.RECORD),
    ],
)
def test_codes_of_companies_and_custom_objects_have_their_reaction(code, family, level):
    rule = error_rule(code)
    assert (rule.family, rule.level) == (family, level)


def test_a_refusal_says_what_to_do_about_its_very_code():
    def sentence(code):
        return str(refusal(code, "no", endpoint="/x.json", request_id="e#1", permission=""))

    assert error_rule("1022").remedy in sentence("1022")
    assert FeatureMissingError.remedy in sentence("1026")
