"""What a database sends and what Marketo gets: types, nulls, refusals, translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from target_runs import a_record, a_schema, a_state, singer

if TYPE_CHECKING:
    from target_runs import TargetRunner

ANYTHING = {"type": ["null", "string", "number", "boolean", "object", "array", "integer"]}
FIELDS = {
    "id": "contactKey",
    "email": "email",
    "name": "firstName",
    "born": "renewalDate",
    "seen": "lastSeenAt",
    "worth": "lifetimeValue",
    "seats": "seats",
    "vip": "isVip",
    "note": "freeText",
    "plan": "planCode",
}
COLUMNS = dict.fromkeys(FIELDS, ANYTHING)
ENTRY = {"key": {"id": "contactKey"}, "fields": {c: f for c, f in FIELDS.items() if c != "id"}}


def load(run_target: TargetRunner, *rows: dict, **entry: object):
    messages = singer(rows, columns=COLUMNS, key="id")
    return run_target(messages, entry={**ENTRY, **entry})


def test_every_form_that_tap_postgres_sends_is_taken(run_target: TargetRunner):
    run = load(
        run_target,
        {  # INCREMENTAL and FULL_TABLE: JSON types, date-times with a zone, jsonb as an object
            "id": 1, "email": "a@example.com", "name": "  padded  ", "born": "2026-11-24",
            "seen": "2026-11-24T10:00:00.123456+02:00", "worth": 12.5, "seats": 3.0, "vip": True,
            "note": {"k": [1, "x"]}, "plan": 7,
        },
        {  # LOG_BASED: jsonb as text, date-times without a zone; numeric as text
            "id": 2, "email": "b@example.com", "born": "2026-11-24T00:00:00+00:00",
            "seen": "2026-11-24 08:00:00", "worth": "12.50", "seats": "3", "vip": "false",
            "note": '{"k":[1,"x"]}', "plan": True,
        },
        {"id": 3.0, "seen": "2026-11-24", "vip": 1, "name": "", "worth": 0, "note": "nul\0byte"},
    )  # fmt: skip
    assert run.counts == {"taken": 3, "created": 3}
    names = ("contactKey", "renewalDate", "lastSeenAt", "lifetimeValue", "seats", "isVip")
    assert run_target.leads(*names, "freeText") == [
        ("1", "2026-11-24", "2026-11-24T08:00:00Z", 12.5, 3, True, '{"k":[1,"x"]}'),
        ("2", "2026-11-24", "2026-11-24T08:00:00Z", 12.5, 3, False, '{"k":[1,"x"]}'),
        ("3", None, "2026-11-24T00:00:00Z", 0, None, True, "nulbyte"),
    ]


def test_an_address_goes_without_the_blanks_around_it(run_target: TargetRunner):
    """Marketo takes one with blanks for no address (1003); other texts go as they are."""
    row = {"id": 1, "email": " ada@example.com\t", "name": " Ada "}
    assert load(run_target, row).counts == {"taken": 1, "created": 1}
    assert run_target.leads("email", "firstName") == [("ada@example.com", " Ada ")]
    bare = {"id": 1, "email": "ada@example.com", "name": "Ada"}
    run_target.simulator.delete("/calls")
    assert load(run_target, bare).counts == {"taken": 1, "unchanged": 1}
    assert run_target.calls() == []


def test_values_that_marketo_would_refuse_are_refused_here_with_the_reason(
    run_target: TargetRunner,
):
    wrong = {
        "long": ({"name": "x" * 256}, "local.too_long"),
        "no at": ({"email": "ada"}, "local.bad_email"),
        "two ats": ({"email": "a@b@example.com"}, "local.bad_email"),
        "not ascii": ({"email": "adä@example.com"}, "local.bad_email"),
        "long address": ({"email": f"{'a' * 250}@example.com"}, "local.too_long"),
        "part": ({"seats": 14.1}, "local.misfit"),
        "words": ({"worth": "14c"}, "local.misfit"),
        "no day": ({"born": "2026-02-30"}, "local.misfit"),
        "no time": ({"seen": "infinity"}, "local.misfit"),
        "before Christ": ({"born": "0044-03-15 BC"}, "local.misfit"),
        "far time": ({"seen": "12026-11-24 10:00:00+00"}, "local.misfit"),
        "maybe": ({"vip": "maybe"}, "local.misfit"),
        "bytes": ({"note": "ä" * 15_001}, "local.too_long"),
    }
    rows = [{"id": key, **values} for key, (values, _) in wrong.items()]
    run = load(run_target, *rows, {"id": None, "name": "No Key"}, {"id": "good", "name": "x" * 255})
    assert run.counts == {"taken": len(wrong) + 2, "created": 1, "refused": len(wrong) + 1}
    rejects = {row["record_key"]: row for row in run_target.ledger("rejects")}
    codes = {key: row["code"] for key, row in rejects.items() if key in wrong}
    assert codes == {key: code for key, (_, code) in wrong.items()}
    assert all(row["request_id"] is None for row in rejects.values())
    assert "local.key_missing" in {row["code"] for row in rejects.values()}
    assert "firstName" in rejects["long"]["reason"]
    assert "14c" not in run.stderr
    assert "adä" not in run.stderr


def test_keys_that_would_become_one_are_refused(run_target: TargetRunner):
    """JSON readers round whole numbers of over 64 bits, and SQLite ends a text at its NUL."""
    run_target.simulator.post("/companies", input=[{"externalCompanyId": "7"}])
    accounts = [7, 2**64 + 1, "7\0", None]
    keys = [2**64 + 1, 2**64 + 3, "a\0b", "\0", 5, 6, 7, 8]
    odd = [{"id": key, "name": "Odd", "account": 7} for key in keys[:4]]
    rows = [*odd, *({"id": n, "account": each} for n, each in zip(keys[4:], accounts, strict=True))]
    columns = {**COLUMNS, "account": ANYTHING}
    entry = {"key": {"id": "contactKey"}, "company": "account", "fields": {"name": "firstName"}}
    for outcome in ({"created": 2}, {"unchanged": 2}):
        run = run_target(singer(rows, columns=columns, key="id"), entry=entry)
        assert run.status == 0, run.stderr
        assert run.counts == {"taken": 8, "refused": 6, **outcome}
    assert run_target.leads("contactKey", "externalCompanyId") == [("5", "7"), ("8", None)]
    reasons = {row["reason"].partition(":")[0] for row in run_target.ledger("rejects")}
    assert reasons == {"contactKey", "externalCompanyId"}
    assert {row["code"] for row in run_target.ledger("rejects")} == {"local.misfit"}


def test_values_are_translated_and_others_pass_as_they_are(run_target: TargetRunner):
    plan = {"to": "planCode", "values": {"b": "Basic", "p": "Pro", "None": "Free"}}
    entry = {"fields": {"plan": plan, "vip": {"to": "isVip", "values": {"Y": True, "N": False}}}}
    rows = [
        {"id": 1, "plan": "b", "vip": "Y"},
        {"id": 2, "plan": "other", "vip": "N"},
        {"id": 3, "plan": None, "vip": None},
    ]
    load(run_target, *rows, **entry)
    shown = [("1", "Basic", True), ("2", "other", False), ("3", None, None)]
    assert run_target.leads("contactKey", "planCode", "isVip") == shown
    run_target.simulator.delete("/calls")
    assert load(run_target, *rows, **entry).counts == {"taken": 3, "unchanged": 3}


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [
        ("changed", {}, {"planCode": None}),
        ("always", {"freeText": None}, {"planCode": None, "freeText": None}),
        ("never", {}, None),
    ],
)
def test_nulls_are_sent_by_the_policy(
    run_target: TargetRunner, policy: str, first: dict, second: dict | None
):
    entry = {"nulls": policy, "fields": {"plan": "planCode", "note": "freeText"}}
    load(run_target, {"id": 1, "plan": "basic", "note": None}, **entry)
    load(run_target, {"id": 1, "plan": None, "note": None}, **entry)
    bodies = [call["body"]["input"][0] for call in run_target.calls()]
    assert bodies[0] == {"contactKey": "1", "planCode": "basic", **first}
    assert bodies[1:] == ([] if second is None else [{"id": 1, **second}])


def test_a_null_behind_a_row_without_the_column_is_sent(run_target: TargetRunner):
    """A log-based tap leaves out what it cannot tell; that is no null."""
    entry = {"fields": {"plan": "planCode"}}
    load(run_target, {"id": 1, "plan": "basic"}, **entry)
    for row, plan in (({"id": 1}, "basic"), ({"id": 1, "plan": None}, None)):
        load(run_target, row, **entry)
        assert run_target.leads("planCode") == [(plan,)]


@pytest.mark.parametrize("nulls", ["changed", "always"])
def test_a_value_that_means_the_same_is_not_sent_again(run_target: TargetRunner, nulls: str):
    row = {"id": 1, "seen": "2026-11-24T10:00:00Z", "worth": 5, "name": "Ada", "plan": None}
    load(run_target, row, nulls=nulls)
    run_target.simulator.delete("/calls")
    same = {**row, "seen": "2026-11-24T11:00:00+01:00", "worth": "5.0", "name": "Ada "}
    run = load(run_target, same, nulls=nulls)
    assert run.counts == {"taken": 1, "unchanged": 1}
    assert run_target.calls() == []


def test_leads_by_marketos_own_id_are_updated_and_never_made(run_target: TargetRunner):
    """As tap-marketo's own stream has them: no look-up is needed."""
    (lead_id,) = run_target.simulator.post("/leads", input=[{"email": "a@example.com"}])["ids"]
    columns = {"id": {"type": "integer"}, "first_name": {"type": "string"}}
    rows = [{"id": number, "first_name": "Ada"} for number in (lead_id, 99)]
    messages = singer(rows, columns=columns, stream="leads", key="id")
    run_target.simulator.delete("/calls")
    run = run_target([*messages[:-1], a_state(2)], streams=None)
    assert run.counts == {"taken": 2, "updated": 1, "held": 1}
    assert run_target.leads("id", "firstName") == [(lead_id, "Ada")]
    assert run_target.calls("GET") == []


def test_columns_find_fields_by_name_where_the_match_is_unique(run_target: TargetRunner):
    columns = {
        **dict.fromkeys(("contact_key", "first_name", "leadScore", "email"), ANYTHING),
        **dict.fromkeys(("plancode", "updated_at", "nothing_like_it"), ANYTHING),
    }
    run_target.simulator.post("/leads", input=[{"email": "ada@example.com"}])
    row = {
        "contact_key": "k1", "first_name": "Ada", "leadScore": 5, "email": "ADA@example.com",
        "plancode": "ambiguous", "updated_at": "2026-11-24T10:00:00Z", "nothing_like_it": "x",
    }  # fmt: skip
    messages = [
        a_schema(columns, stream="leads", key="contact_key"),
        a_record(row, stream="leads"),
        a_state(1),
    ]
    run = run_target(messages, streams=None)
    assert run.counts == {"taken": 1, "updated": 1}
    assert run_target.leads("contactKey", "firstName", "leadScore", "planCode") == [
        ("k1", "Ada", 5, None)
    ]
