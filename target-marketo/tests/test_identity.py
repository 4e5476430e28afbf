"""Which lead a row is: the ledger, the marketo_id column, the key, the match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_runs import COLUMNS, ENTRY, a_contact, a_record, a_schema, singer

if TYPE_CHECKING:
    from target_runs import TargetRunner

WITH_ID = {**COLUMNS, "marketo_lead_id": {"type": ["null", "integer"]}}


def rejects(run_target: TargetRunner) -> dict[str, str]:
    return {
        row["record_key"]: row["code"]
        for row in run_target.ledger("rejects")
        if row["resolved_at"] is None
    }


def test_a_row_finds_its_lead_by_key_before_email(run_target: TargetRunner):
    by_key, by_email = run_target.simulator.post(
        "/leads", input=[{"contactKey": "1"}, {"email": "person1@example.com"}]
    )["ids"]
    assert run_target(singer([a_contact(1)])).counts == {"taken": 1, "updated": 1}
    assert run_target.leads("id", "contactKey") == [(by_key, "1"), (by_email, None)]


def test_a_filled_marketo_id_beats_key_and_email(run_target: TargetRunner):
    ids = run_target.simulator.post(
        "/leads", input=[{"lastName": "Meant"}, {"email": "person1@example.com"}]
    )["ids"]
    row = a_contact(1, marketo_lead_id=ids[0])
    entry = {"marketo_id": "marketo_lead_id"}
    run_target(singer([row], columns=WITH_ID), entry=entry)
    assert run_target.leads("id", "contactKey") == [(ids[0], "1"), (ids[1], None)]


def test_a_marketo_id_of_a_lead_that_is_another_rows_does_not_count(run_target: TargetRunner):
    """Not of one with another key, nor of one that is linked; two rows cannot name one lead."""
    strange, free = run_target.simulator.post(
        "/leads", input=[{"contactKey": "99"}, {"lastName": "Free"}]
    )["ids"]
    entry = {"marketo_id": "marketo_lead_id", "match": []}
    run_target(singer([a_contact(1, marketo_lead_id=None)], columns=WITH_ID), entry=entry)
    ((mine,),) = [lead for lead in run_target.leads("id") if lead[0] not in {strange, free}]
    named = {2: strange, 3: mine, 4: free, 5: free}
    rows = [a_contact(number, marketo_lead_id=each) for number, each in named.items()]
    run = run_target(singer(rows, columns=WITH_ID), entry=entry)
    assert run.counts == {"taken": 4, "created": 3, "updated": 1}
    ids = dict(run_target.leads("contactKey", "id"))
    assert (ids["99"], ids["1"], ids["4"]) == (strange, mine, free)
    assert len(ids) == 6


def test_all_fields_of_match_have_to_agree(run_target: TargetRunner):
    shown = {1: ["BASIC", "pro"], 2: ["pro"], 3: [None], 4: ["basic", " Basic"]}
    leads = [
        {"email": f"Person{number}@example.com", "planCode": plan}
        for number, plans in shown.items()
        for plan in plans
    ]
    first, *_ = run_target.simulator.post("/leads", input=leads)["ids"]
    run = run_target(singer(map(a_contact, shown)), entry={"match": ["email", "planCode"]})
    assert run.counts == {"taken": 4, "created": 2, "updated": 1, "refused": 1}
    assert rejects(run_target) == {"4": "local.ambiguous"}
    assert (first, "1") in run_target.leads("id", "contactKey")


def test_a_number_is_one_key_in_all_its_forms_and_with_a_blank_it_is_told(run_target: TargetRunner):
    columns = {**COLUMNS, "contact_id": {"type": ["number", "string"]}}
    forms = [17, 17.0, "17", " 17"]
    rows = [{**a_contact(n), "contact_id": key} for n, key in enumerate(forms)]
    run = run_target(singer(rows, columns=columns), batch_size_rows=1)
    assert run.counts == {"taken": 4, "created": 1, "updated": 2, "refused": 1}
    assert run_target.leads("contactKey", "seats") == [("17", 2)]
    assert rejects(run_target) == {" 17": "local.linked_to_another_row"}


def test_a_row_whose_key_changes_is_a_new_one_and_takes_no_lead_of_another_key(
    run_target: TargetRunner,
):
    run_target(singer([a_contact(1)]))
    moved = {**a_contact(1), "contact_id": 100}
    assert run_target(singer([moved])).counts == {"taken": 1, "created": 1}
    assert run_target.leads("contactKey", "email") == [
        ("1", "person1@example.com"), ("100", "person1@example.com")
    ]  # fmt: skip


def test_a_lead_with_another_key_is_no_match_and_several_matches_are_refused(
    run_target: TargetRunner,
):
    run_target.simulator.post(
        "/leads",
        input=[
            {"email": "person1@example.com", "contactKey": "99"},
            {"email": "person2@example.com"},
            {"email": "Person2@example.com"},
            {"email": "person3@example.com", "contactKey": "98"},
            {"email": "PERSON3@example.com"},
        ],
    )
    run = run_target(singer([a_contact(1), a_contact(2), a_contact(3)]))
    assert run.counts == {"taken": 3, "created": 1, "updated": 1, "refused": 1}
    assert rejects(run_target) == {"2": "local.ambiguous"}
    assert "match by email" in run_target.ledger("rejects")[0]["reason"]
    assert "1 x local.ambiguous" in run.stderr
    assert len(run_target.leads("id")) == 6


def test_a_lead_that_cannot_be_asked_for_is_not_made_twice(run_target: TargetRunner):
    """A look-up's values are parted by commas; Marketo finds a key by itself."""
    known = [{"email": "a,1@example.com"}, {"contactKey": "a,b"}]
    by_email, by_key = run_target.simulator.post("/leads", input=known)["ids"]
    columns = {**COLUMNS, "contact_id": {"type": ["string"]}}
    rows = [a_contact(1, email="A,1@example.com"), {**a_contact(2), "contact_id": "a,b"}]
    run = run_target(singer(rows, columns=columns))
    assert run.counts == {"taken": 2, "updated": 1, "refused": 1}
    assert run_target.leads("id", "contactKey") == [(by_email, None), (by_key, "a,b")]
    (reject,) = run_target.ledger("rejects")
    assert (reject["code"], reject["reason"][:6]) == ("local.misfit", "email:")


def test_what_over_a_thousand_leads_share_matches_none_and_hides_no_other(
    run_target: TargetRunner,
):
    crowd = [{"email": "person1@example.com"}] * 1001  # 1003: too many. Marketo docs: Leads
    run_target.simulator.post("/leads", input=[*crowd, {"email": "person2@example.com"}])
    run = run_target(singer([a_contact(1), a_contact(2)]))
    assert run.counts == {"taken": 2, "updated": 1, "refused": 1}
    assert rejects(run_target) == {"1": "local.ambiguous"}


def test_two_rows_never_share_a_lead(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"email": "same@example.com"}])
    rows = [a_contact(1, email="same@example.com"), a_contact(2, email="same@example.com")]
    assert run_target(singer(rows)).counts == {"taken": 2, "created": 1, "updated": 1}
    assert [key for (key,) in run_target.leads("contactKey")] == ["1", "2"]
    rows.append(a_contact(3, email="same@example.com"))
    assert run_target(singer(rows)).counts == {"taken": 3, "created": 1, "unchanged": 2}


def test_several_leads_with_the_key_are_marketos_own_refusal(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"contactKey": "1"}, {"contactKey": "1"}])
    run = run_target(singer([a_contact(1)]))
    assert run.counts == {"taken": 1, "refused": 1}
    (reject,) = run_target.ledger("rejects")
    assert (reject["code"], reject["record_key"]) == ("1007", "1")
    assert reject["request_id"]


def test_a_key_in_two_rows_is_sent_once_with_the_last_values(run_target: TargetRunner):
    rows = [a_contact(1, plan="old"), a_contact(2), a_contact(1, plan="new")]
    run = run_target(singer(rows))
    assert run.counts == {"taken": 3, "created": 3}
    assert run_target.leads("contactKey", "planCode") == [("1", "new"), ("2", "basic")]
    assert [len(call["body"]["input"]) for call in run_target.calls()] == [2]


def test_an_email_as_key_is_one_key_in_any_case(run_target: TargetRunner):
    entry = {"key": {"email": "email"}, "fields": {"first_name": "firstName"}}
    rows = [a_contact(1, email="Ada@example.com"), a_contact(2, email="ada@EXAMPLE.com")]
    run = run_target(singer(rows, key="email"), entry=entry)
    assert run.counts == {"taken": 2, "created": 1, "refused": 1}
    assert run_target.leads("email") == [("Ada@example.com",)]
    assert rejects(run_target) == {"ada@EXAMPLE.com": "local.linked_to_another_row"}


def test_a_lead_that_was_deleted_meanwhile_is_held_and_never_made_as_a_husk(
    run_target: TargetRunner,
):
    run_target(singer([a_contact(1), a_contact(2)]))
    run_target.simulator.delete("/leads/1")
    changed = [a_contact(1, plan="pro"), a_contact(2, plan="pro")]
    assert run_target(singer(changed)).counts == {"taken": 2, "updated": 1, "held": 1}
    assert run_target(singer(changed)).counts == {"taken": 2, "unchanged": 1, "held": 1}
    assert run_target.leads("contactKey", "planCode") == [("2", "pro")]
    statuses = {row["record_key"]: row["status"] for row in run_target.ledger("records")}
    assert statuses == {"1": "gone_in_marketo", "2": "linked"}


def test_recreate_makes_the_whole_lead_anew_in_the_same_run(run_target: TargetRunner):
    """Also where a column still names the lead that is gone."""
    run_target(singer([a_contact(1)]))
    run_target.simulator.delete("/leads/1")
    entry = {"missing_in_marketo": "recreate", "marketo_id": "marketo_lead_id"}
    row = a_contact(1, plan="pro", marketo_lead_id=1)
    run = run_target(singer([row], columns=WITH_ID), entry=entry)
    assert run.counts == {"taken": 1, "created": 1}
    assert run_target.leads("contactKey", "firstName", "planCode") == [("1", "Person 1", "pro")]


def test_a_merge_between_read_and_write_holds_the_losers_row(run_target: TargetRunner):
    run_target(singer([a_contact(1), a_contact(2)]))
    run_target.simulator.post("/leads/merge", winner=2, losers=[1])
    run = run_target(singer([a_contact(1, plan="pro"), a_contact(2)]))
    assert run.counts == {"taken": 2, "unchanged": 1, "held": 1}
    assert run_target.leads("contactKey", "planCode") == [("2", "basic")]


def test_update_only_makes_no_lead_and_create_only_touches_none(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"email": "person1@example.com"}])
    rows = [a_contact(1), a_contact(2)]
    run = run_target(singer(rows), entry={"action": "updateOnly"})
    assert run.counts == {"taken": 2, "updated": 1, "refused": 1}
    assert rejects(run_target) == {"2": "local.no_lead"}
    run = run_target(singer([a_contact(1, plan="x"), a_contact(2)]), entry={"action": "createOnly"})
    assert run.counts == {"taken": 2, "created": 1, "held": 1}
    assert run_target.leads("contactKey", "planCode") == [("1", "basic"), ("2", "basic")]


def test_the_papers_way_sends_whole_records_by_the_key(run_target: TargetRunner):
    entry = {"action": "createOrUpdate"}
    run_target(singer([a_contact(1), a_contact(2)]), entry=entry)
    run_target.simulator.delete("/calls")
    run = run_target(singer([a_contact(1), a_contact(2, plan="pro")]), entry=entry)
    assert run.counts == {"taken": 2, "updated": 1, "unchanged": 1}
    (call,) = run_target.calls()
    assert (call["body"]["action"], call["body"]["lookupField"]) == ("createOrUpdate", "contactKey")
    assert call["body"]["input"][0]["firstName"] == "Person 2"
    assert run_target.calls("GET") == []


def test_a_partition_is_named_for_what_is_created(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"email": "person1@example.com"}])
    run = run_target(singer([a_contact(1), a_contact(2)]), entry={"partition": "EU"})
    assert run.counts == {"taken": 2, "created": 1, "updated": 1}
    assert run_target.leads("contactKey", "leadPartitionId") == [("1", 1), ("2", 2)]
    run = run_target(singer([a_contact(3)]), entry={"partition": "Nowhere"})
    assert rejects(run_target) == {"3": "1008"}


def test_rows_of_two_entries_with_one_key_never_share_a_lead(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"email": "person2@example.com"}])
    names = {"crm_contacts": "Contact", "crm_prospects": "Prospect"}
    entries = {name: {**ENTRY, "table": name.replace("_", ".", 1)} for name in names}
    entries["crm_prospects"]["match"] = []
    rows = [
        a_record(a_contact(number, first_name=name), stream=entry.replace("_", "-", 1))
        for number in (1, 2)
        for entry, name in names.items()
    ]
    streams = [a_schema(stream=entry.replace("_", "-", 1)) for entry in names]
    run_target([*streams, *rows], streams=entries)
    linked = {row["record_key"]: names[row["object"]] for row in run_target.ledger("records")}
    assert len(run_target.ledger("records")) == 2
    keyed = [lead for lead in run_target.leads("contactKey", "firstName") if lead[0]]
    assert keyed == sorted(linked.items())
    assert rejects(run_target) == dict.fromkeys("12", "local.linked_to_another_row")
