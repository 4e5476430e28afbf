"""The metadata API: what is sent, what a draft looks like, and what is never sent twice."""

from __future__ import annotations

import json

import pytest
from marketo_client import (
    FeatureMissingError,
    LinkTarget,
    LostAnswerError,
    NewField,
    NewType,
    TypeState,
    UnreadableReplyError,
)

DRAFT = {
    "state": "draft",
    "displayName": "Order",
    "apiName": "order",
    "idField": None,
    "createdAt": None,
    "dedupeFields": [],
    "searchableFields": [[]],
    "relationships": [],
    "fields": [{"name": "marketoGUID", "dataType": "string"}],
}


def test_a_type_is_made_extended_and_approved(script, marketo, answers):
    script.will_answer(answers.success(result=[]))
    types = marketo.custom_object_types
    types.create(NewType("order", "Order", plural_name="Orders", show_in_lead_detail=True))
    types.add_fields(
        "order",
        [
            NewField("orderId", "Order Id", dedupe=True),
            NewField("leadID", "Lead Id", related_to=LinkTarget("lead", "id")),
            NewField("total", "Total", "float", description="In euro"),
        ],
    )
    types.approve("order")
    types.discard_draft("order")
    base = "/rest/v1/customobjects/schema"
    sent = [
        (method, path, json.loads(body) if body else None)
        for method, path, _, body in script.requests
    ]
    fields = [
        {
            "name": "orderId",
            "displayName": "Order Id",
            "dataType": "string",
            "isDedupeField": True,
        },
        {
            "name": "leadID",
            "displayName": "Lead Id",
            "dataType": "link",
            "relatedTo": {"name": "lead", "field": "id"},
        },
        {
            "name": "total",
            "displayName": "Total",
            "dataType": "float",
            "description": "In euro",
        },
    ]
    made = {
        "action": "createOnly",
        "apiName": "order",
        "displayName": "Order",
        "pluralName": "Orders",
        "showInLeadDetail": True,
    }
    assert sent == [
        ("POST", f"{base}.json", made),
        ("POST", f"{base}/order/addField.json", {"input": fields}),
        ("POST", f"{base}/order/approve.json", None),
        ("POST", f"{base}/order/discardDraft.json", None),
    ]


def test_changes_are_never_repeated_blindly(script, marketo, answers):
    types = marketo.custom_object_types
    script.will_answer(answers.scripted(reset=True))
    for change in (
        lambda: types.create(NewType("order", "Order")),
        lambda: types.add_fields("order", [NewField("total", "Total")]),
        lambda: types.approve("order"),
        lambda: types.discard_draft("order"),
    ):
        with pytest.raises(LostAnswerError):
            change()
    assert len(script.requests) == 4


def test_a_draft_without_keys_is_read_by_its_state(script, marketo, answers):
    script.will_answer(answers.success(result=[DRAFT]))
    types = marketo.custom_object_types
    draft = types.describe("order", state=TypeState.DRAFT)
    assert (draft.name, draft.state, draft.id_field) == ("order", "draft", None)
    assert (draft.dedupe_fields, draft.searchable_fields) == ((), ())
    assert types.list("order", "car", state=TypeState.APPROVED_WITH_DRAFT) == (draft,)
    assert [path.rpartition("/schema")[2] for _, path, _, _ in script.requests] == [
        "/order/describe.json?state=draft",
        ".json?names=order,car&state=approvedWithDraft",
    ]


def test_data_types_are_texts_and_nothing_else(script, marketo, answers):
    script.will_answer(answers.success(result=["string", "link"]))
    assert marketo.custom_object_types.field_data_types() == ("string", "link")
    script.will_answer(answers.success(result=[{"name": "string"}]))
    with pytest.raises(UnreadableReplyError, match="no list of texts"):
        marketo.custom_object_types.field_data_types()


def test_linkable_objects_have_their_fields(script, marketo, answers):
    field = {"name": "Id", "displayName": "Id", "dataType": "integer"}
    script.will_answer(
        answers.success(result=[{"name": "lead", "displayName": "Lead", "fields": [field]}])
    )
    [lead] = marketo.custom_object_types.linkable_objects()
    assert (lead.name, lead.display_name) == ("lead", "Lead")
    assert [(each.name, each.data_type) for each in lead.fields] == [("Id", "integer")]


def test_a_subscription_without_the_api_is_told_what_to_do(script, marketo, answers):
    script.will_answer(answers.failure("616", "Invalid subscription type"))
    with pytest.raises(FeatureMissingError, match="by hand under Admin") as refused:
        marketo.custom_object_types.list()
    assert refused.value.code == "616"
