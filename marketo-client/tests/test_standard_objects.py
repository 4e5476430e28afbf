"""Companies and custom objects: look-ups, results per record, and what a lost answer means."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from marketo_client import (
    DedupeBy,
    FeatureMissingError,
    LostAnswerError,
    RecordNotFoundError,
    Relationship,
    SyncAction,
    UnreadableReplyError,
)

ROWS = [{"externalCompanyId": "A-1"}, {"externalCompanyId": "B-2"}, {"externalCompanyId": "C-3"}]
ORDER = {
    "name": "order_c",
    "displayName": "Order",
    "idField": "marketoGUID",
    "dedupeFields": ["shop", "number"],
    "searchableFields": [["shop", "number"], ["marketoGUID"], ["leadID"]],
    "fields": [
        {"name": "marketoGUID", "dataType": "string", "length": 36, "updateable": False},
        {"name": "total", "displayName": "Total", "dataType": "Float", "updateable": True},
        {"name": "crmCode", "dataType": "string", "updateable": True, "crmManaged": True},
    ],
}


def skipped(code, **more):
    return {"status": "skipped", "reasons": [{"code": code, "message": "no"}], **more}


def queries(script):
    return [parse_qs(urlsplit(path).query) for _, path, _, _ in script.requests]


def test_results_are_matched_by_seq_and_ids_may_be_texts(script, marketo, answers):
    results = [
        {"seq": "2", "status": "created", "id": 9},
        {"seq": 0, "status": "updated", "id": "7"},
        skipped("1003", seq=1),
    ]
    script.will_answer(answers.success(result=results))
    reply = marketo.companies.sync(ROWS, action=SyncAction.CREATE_OR_UPDATE)
    assert [(r.seq, r.status, r.id, r.code) for r in reply.results] == [
        (0, "updated", 7, None),
        (1, "skipped", None, "1003"),
        (2, "created", 9, None),
    ]
    [(method, path, _, body)] = script.requests
    assert (method, path) == ("POST", "/rest/v1/companies.json")
    assert json.loads(body) == {
        "action": "createOrUpdate",
        "dedupeBy": "dedupeFields",
        "input": ROWS,
    }


def test_results_without_seq_are_in_order(script, marketo, answers):
    results = [{"status": "updated", "id": n} for n in (1, 2, 3)]
    script.will_answer(answers.success(result=results))
    reply = marketo.companies.sync(ROWS, action=SyncAction.UPDATE_ONLY)
    assert [r.id for r in reply.results] == [1, 2, 3]


@pytest.mark.parametrize(
    "results",
    [
        [{"seq": 0, "status": "created", "id": 1}],
        [{"seq": n, "status": "created", "id": 1} for n in (0, 0, 1)],
        [{"seq": n, "status": "created", "id": 1} for n in (1, 2, 3)],
        [{"seq": 0, "status": "created", "id": 1}, *({"status": "created", "id": 1},) * 2],
        [{"seq": n, "status": "created"} for n in range(3)],
    ],
    ids=["too few", "twice the same", "from one on", "seq in one alone", "no id"],
)
def test_results_that_fit_no_record_count_as_a_lost_answer(script, marketo, answers, results):
    script.will_answer(answers.success(result=results))
    with pytest.raises(LostAnswerError, match=r"companies\.json.*request e42b"):
        marketo.companies.sync(ROWS, action=SyncAction.CREATE_ONLY)


@pytest.mark.parametrize("action", [SyncAction.CREATE_OR_UPDATE, SyncAction.CREATE_ONLY])
def test_a_sync_that_may_create_is_never_repeated_blindly(script, marketo, answers, action):
    script.will_answer(answers.scripted(reset=True))
    with pytest.raises(LostAnswerError):
        marketo.custom_objects.records("order_c").sync(ROWS, action=action)
    assert len(script.requests) == 1


def test_updates_and_deletes_are_repeated(script, marketo, answers):
    orders = marketo.custom_objects.records("order_c")
    lost = answers.scripted(reset=True)
    updated = answers.success(result=[{"seq": 0, "status": "updated", "marketoGUID": "g-1"}])
    script.will_answer(lost, updated)
    rows = [{"marketoGUID": "g-1", "total": None}]
    reply = orders.sync(rows, action=SyncAction.UPDATE_ONLY, dedupe_by=DedupeBy.ID_FIELD)
    assert reply.results[0].id == "g-1"
    script.will_answer(lost, answers.success(result=[skipped("1013", seq=0)]))
    reply = orders.delete([{"marketoGUID": "g-1"}], delete_by=DedupeBy.ID_FIELD)
    assert reply.results[0].code == "1013"
    assert [json.loads(body) for _, _, _, body in script.requests[1::2]] == [
        {"action": "updateOnly", "dedupeBy": "idField", "input": rows},
        {"deleteBy": "idField", "input": [{"marketoGUID": "g-1"}]},
    ]
    assert script.requests[-1][1] == "/rest/v1/customobjects/order_c/delete.json"


def test_what_marketo_would_refuse_is_not_sent(script, marketo):
    companies = marketo.companies
    for action in (SyncAction.CREATE_OR_UPDATE, SyncAction.CREATE_ONLY):
        with pytest.raises(ValueError, match="idField"):
            companies.sync(ROWS, action=action, dedupe_by=DedupeBy.ID_FIELD)
    with pytest.raises(ValueError, match="leads alone"):
        companies.sync(ROWS, action=SyncAction.CREATE_DUPLICATE)
    for rows in ([], ROWS[:1] * 301):
        with pytest.raises(ValueError, match="1 to 300"):
            companies.sync(rows, action=SyncAction.CREATE_ONLY)
    assert script.requests == []


def test_a_native_crm_sync_is_named_with_what_to_do(script, marketo, answers):
    script.will_answer(answers.failure("1018", "CRM Enabled"))
    with pytest.raises(FeatureMissingError, match="in the CRM") as refused:
        marketo.companies.sync(ROWS, action=SyncAction.CREATE_OR_UPDATE)
    assert refused.value.code == "1018"


def test_look_ups_take_300_values_a_call_and_go_to_the_last_page(script, marketo, answers):
    first = answers.success(result=[{"id": 1}], nextPageToken="next==", moreResult=True)
    rest = answers.success(result=[{"id": 2}])
    script.will_answer(first, rest, rest)
    values = [f"A-{n}" for n in range(301)]
    pages = list(marketo.companies.by_filter("externalCompanyId", values, fields=["company"]))
    assert [row["id"] for page in pages for row in page.rows] == [1, 2, 2]
    asked = queries(script)
    assert [len(query["filterValues"][0].split(",")) for query in asked] == [300, 300, 1]
    assert asked[1]["nextPageToken"] == ["next=="]
    assert asked[0]["fields"] == ["company"]


def test_keys_of_one_field_go_by_the_alias(script, marketo, answers):
    script.will_answer(answers.success(result=[]))
    list(marketo.companies.by_keys(ROWS, fields=["id"]))
    assert queries(script)[0]["filterType"] == ["dedupeFields"]
    assert queries(script)[0]["filterValues"] == ["A-1,B-2,C-3"]
    for bad in ([{"externalCompanyId": "A, B"}], [{"shop": "a", "number": 1}]):
        with pytest.raises(ValueError, match="one value"):
            list(marketo.companies.by_keys(bad, fields=["id"]))


def test_keys_of_several_fields_go_as_json_on_every_page(script, marketo, answers):
    row = {"seq": 0, "marketoGUID": "g-1"}
    script.will_answer(
        answers.success(result=[row], nextPageToken="next=="), answers.success(result=[row])
    )
    keys = [{"shop": "Paris, Nord", "number": 1}, {"shop": "Rome", "number": 2}]
    orders = marketo.custom_objects.records("order_c")
    assert len(list(orders.by_keys(keys, fields=["total"]))) == 2
    asked = {"filterType": "dedupeFields", "fields": ["total"], "input": keys, "batchSize": 300}
    assert [json.loads(body) for _, _, _, body in script.requests] == [
        asked,
        {**asked, "nextPageToken": "next=="},
    ]
    assert {(method, path) for method, path, _, _ in script.requests} == {
        ("POST", "/rest/v1/customobjects/order_c.json?_method=GET")
    }


def test_no_key_costs_no_call(script, marketo):
    orders = marketo.custom_objects.records("order_c")
    for found in (
        orders.by_keys([], fields=["total"]),
        orders.by_filter("leadID", [], fields=["total"]),
        marketo.companies.by_keys([], fields=["id"]),
    ):
        assert list(found) == []
    assert script.requests == []


@pytest.mark.parametrize("member", ["relatedTo", "object"])
def test_describe_reads_both_documented_forms_of_links(script, marketo, answers, member):
    link = {"field": "leadID", "type": "child", member: {"name": "Lead", "field": "Id"}}
    script.will_answer(answers.success(result=[{**ORDER, "relationships": [link]}]))
    order = marketo.custom_objects.records("order_c").describe()
    assert order.relationships == (Relationship("leadID", "child", "Lead", "Id"),)
    assert (order.name, order.id_field) == ("order_c", "marketoGUID")
    assert order.dedupe_fields == ("shop", "number")
    assert order.searchable_fields == (("shop", "number"), ("marketoGUID",), ("leadID",))
    assert [(f.name, f.display_name, f.updateable, f.crm_managed) for f in order.fields] == [
        ("marketoGUID", "marketoGUID", False, False),
        ("total", "Total", True, False),
        ("crmCode", "crmCode", True, True),
    ]


def test_custom_objects_are_listed_by_name_or_all(script, marketo, answers):
    script.will_answer(answers.success(result=[{**ORDER, "fields": None}]))
    assert [each.display_name for each in marketo.custom_objects.list()] == ["Order"]
    assert marketo.custom_objects.list("order_c", "car_c")[0].fields == ()
    assert queries(script) == [{}, {"names": ["order_c,car_c"]}]
    script.will_answer(answers.success(result=[]))
    with pytest.raises(RecordNotFoundError):
        marketo.custom_objects.records("order_c").describe()


DESCRIBED = {
    "a type's name": {**ORDER, "name": None, "apiName": "order_c"},
    "no id field": {name: value for name, value in ORDER.items() if name != "idField"},
    "a searchable field by itself": {**ORDER, "searchableFields": ["leadID", ["total"]]},
    "a link to nothing named": {**ORDER, "relationships": [{"field": "leadID"}]},
    "numbers and truths as texts": {
        **ORDER,
        "fields": [{"name": "total", "length": "36", "updateable": "true", "crmManaged": "false"}],
    },
    "nothing but names": {"name": "order_c", "fields": [{"name": "total"}]},
}


@pytest.mark.parametrize("kind", DESCRIBED)
def test_an_object_is_read_as_far_as_it_is_described(script, marketo, answers, kind):
    script.will_answer(answers.success(result=[DESCRIBED[kind]]))
    order = marketo.custom_objects.records("order_c").describe()
    assert order.name == "order_c"
    assert {field.name: field.updateable for field in order.fields}["total"] is True
    assert not {field.name: field.crm_managed for field in order.fields}["total"]
    assert all(isinstance(names, tuple) for names in order.searchable_fields)


def test_an_object_of_no_known_form_is_one_error(script, marketo, answers):
    script.will_answer(answers.success(result=[{**ORDER, "fields": ["total"]}]))
    with pytest.raises(UnreadableReplyError, match="of another form"):
        marketo.custom_objects.records("order_c").describe()
