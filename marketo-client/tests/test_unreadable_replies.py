"""Answers that say success and lack what they must hold: one sentence, no guess, no repeat."""

from __future__ import annotations

import pytest
from marketo_client import OLDEST_MARKETO, MarketoError, UnreadableReplyError

NO_ROWS = {
    "no result": {"requestId": "e42b#19a1b2c3d4e", "success": True},
    "an empty result": {"requestId": "e42b#19a1b2c3d4e", "success": True, "result": []},
    "702": {
        "requestId": "e42b#19a1b2c3d4e",
        "success": False,
        "errors": [{"code": "702", "message": "No data found"}],
    },
}
OLD_FIELD = {"id": 1, "displayName": "Email", "rest": {"name": "email", "readOnly": False}}
NEW_FIELD = {"name": "email", "displayName": "Email", "dataType": "email"}


@pytest.mark.parametrize("kind", NO_ROWS)
def test_an_instance_without_activity_types_is_not_believed(kind, script, marketo):
    script.will_answer(NO_ROWS[kind])
    with pytest.raises(UnreadableReplyError, match=r"activities/types.json.*e42b#19a1b2c3d4e"):
        marketo.activities.types()
    assert len(script.requests) == 1


@pytest.mark.parametrize("kind", NO_ROWS)
def test_an_instance_without_lead_fields_is_not_believed(kind, script, marketo, answers):
    script.will_answer(NO_ROWS[kind], answers.success(result=[{"fields": [NEW_FIELD]}]))
    with pytest.raises(UnreadableReplyError, match=r"leads/describe.json.*e42b#19a1b2c3d4e"):
        marketo.leads.describe()


@pytest.mark.parametrize(
    "new", [*NO_ROWS.values(), {**NO_ROWS["no result"], "result": [{"fields": []}]}]
)
def test_a_newer_describe_without_fields_is_not_believed(new, script, marketo, answers):
    script.will_answer(answers.success(result=[OLD_FIELD]), new)
    with pytest.raises(UnreadableReplyError, match=r"leads/describe2.json.*e42b#19a1b2c3d4e"):
        marketo.leads.describe()


READS = {
    "activity types": (lambda marketo: marketo.activities.types(), {"name": "Visit Webpage"}),
    "companies": (lambda marketo: marketo.companies.describe(), {"name": "Company"}),
    "fields of companies": (
        lambda marketo: marketo.companies.describe(),
        {"name": "Company", "idField": "id", "fields": ["email"]},
    ),
    "jobs": (lambda marketo: list(marketo.lead_exports.jobs()), {"status": "Created"}),
    "times of jobs": (
        lambda marketo: list(marketo.lead_exports.jobs()),
        {"exportId": "1", "status": "Created", "createdAt": "soon"},
    ),
    "usage": (lambda marketo: marketo.usage.calls_today(), {"total": "many"}),
}


@pytest.mark.parametrize("kind", READS)
def test_a_row_without_what_it_must_hold_is_one_sentence(kind, script, marketo, answers):
    read, row = READS[kind]
    script.will_answer(answers.success(result=[row]))
    with pytest.raises(UnreadableReplyError, match=r"^/(rest|bulk)/v1/\S+: the answer .*run again"):
        read(marketo)
    assert len(script.requests) == 1


@pytest.mark.parametrize("result", [{"id": 1}, ["id"], "id", 1])
def test_a_result_that_is_no_list_of_objects_is_one_sentence(result, script, marketo, answers):
    script.will_answer(answers.success(result=result))
    with pytest.raises(UnreadableReplyError, match=r"^/rest/v1/leads.json: .*e42b#19a1b2c3d4e"):
        marketo.leads.by_ids([1], fields=["id"])


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ({"code": "610", "message": "Not found"}, "610"),
        ([], "0"),
        ("Not found", "0"),
        (["Not found"], "0"),
        (None, "0"),
    ],
)
def test_errors_of_another_form_are_still_a_refusal(errors, code, script, marketo):
    script.will_answer({"requestId": "e42b#19a1b2c3d4e", "success": False, "errors": errors})
    with pytest.raises(MarketoError, match=f"usage.json: {code}, "):
        marketo.usage.calls_today()


def test_attributes_and_fields_without_a_name_are_left_out(script, marketo, answers):
    kinds = [
        {"id": 1, "primaryAttribute": {"id": 3}, "attributes": [{"dataType": "string"}]},
        {"id": 2, "attributes": [{"apiName": "clientIp"}, {"name": "Referrer"}]},
    ]
    script.will_answer(answers.success(result=kinds))
    first, second = marketo.activities.types().types
    assert (first.primary_attribute, first.attributes) == (None, ())
    assert [attribute.name for attribute in second.attributes] == ["clientIp", "Referrer"]
    script.will_answer(
        answers.success(result=[{"id": 9, "rest": {"readOnly": True}}, OLD_FIELD]),
        answers.success(result=[{"fields": [{"dataType": "string"}, NEW_FIELD]}]),
    )
    assert [field.name for field in marketo.leads.describe().fields] == ["email"]


@pytest.mark.parametrize("date", ["long ago", 7])
def test_a_folder_with_an_unreadable_date_may_be_as_old_as_marketo(date, script, marketo, answers):
    folders = [{"createdAt": "2015-02-03T10:00:00Z+0000"}, {"createdAt": date}]
    script.will_answer(answers.success(result=folders))
    assert marketo.folders.oldest_created_at() == OLDEST_MARKETO
