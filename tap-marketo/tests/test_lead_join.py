"""Lead fields beside activities: `activity_lead_fields` and `activity_lead_join`."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.rewriting_proxy import proxy_before
from tests.tap_runs import rows

RECENT = "2026-10-25"  # one window of bulk extract
HOUR = 3_600
FIELDS = ["email", "leadScore", "isVip", "lastSeenAt"]
COLUMNS = {f"lead_{field}" for field in FIELDS}
STREAMS = ("activities", "activity_visit_webpage")


@pytest.fixture
def joined(tap):
    """Runs of both kinds of streams with lead fields."""

    def run(*streams, fields=FIELDS, **settings):
        tap.simulator.delete("/calls")
        defaults = {"catalog": widened(tap.catalog), "start_date": RECENT}
        return tap(*(streams or STREAMS), activity_lead_fields=fields, **{**defaults, **settings})

    return run


def widened(catalog):
    """The catalog with the columns, whatever their types: the tap corrects those."""
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] in STREAMS:
            entry["schema"]["properties"] |= {column: {} for column in COLUMNS}
            entry["metadata"] += [
                {"breadcrumb": ["properties", column], "metadata": {}} for column in COLUMNS
            ]
    return catalog


def leads(tap):
    """What Marketo holds, by id."""
    return {lead["id"]: lead for lead in tap.simulator.get("/leads")["leads"]}


def gone(tap, run):
    """Leads of activities that Marketo does not show any more."""
    return {row["leadId"] for row in run.records("activities")} - leads(tap).keys()


def asked(tap):
    """The leads of each look-up."""
    return [call["query"]["filterValues"].split(",") for call in tap.calls("/leads.json")]


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_each_activity_has_the_fields_of_its_lead(tap, joined, method):
    run = joined(activities_method=method)
    assert run.status == 0, run.last_line
    truth = leads(tap)
    for stream in STREAMS:
        assert run.records(stream)
        for row in run.records(stream):
            lead = truth[row["leadId"]]
            assert row["lead_email"] == lead["email"]
            assert row["lead_leadScore"] == lead.get("leadScore")


def test_columns_have_the_types_of_their_fields(joined):
    run = joined()
    for stream in STREAMS:
        schema = run.schema(stream)
        assert schema["lead_leadScore"]["type"] == ["null", "integer"]
        assert schema["lead_isVip"]["type"] == ["null", "boolean"]
        assert schema["lead_lastSeenAt"]["format"] == "date-time"
        assert schema["lead_email"]["type"] == ["null", "string"]


def test_activities_of_leads_that_are_gone_are_counted_and_left_out(tap, joined):
    left = joined(activity_lead_join="left")
    lost = gone(tap, left)
    assert lost
    for stream in STREAMS:
        fell_out = [row for row in left.records(stream) if row["leadId"] in lost]
        assert all(row[column] is None for row in fell_out for column in COLUMNS)
    inner = joined()
    kept = [row for row in left.records("activities") if row["leadId"] not in lost]
    assert inner.records("activities") == kept
    fell_out = len(left.records("activities")) - len(kept)
    told = f"activities: activities without a lead that can be read, left out: {fell_out}"
    assert told in inner.stderr


def test_fields_are_the_leads_at_the_time_of_the_look_up(tap, joined):
    lead = next(iter(leads(tap)))
    row = {"leadId": lead, "activityTypeId": 1, "activityDate": "2026-11-20T10:00:00Z"}
    [guid] = tap.simulator.post("/activities", input=[row])["ids"]
    tap.simulator.post(f"/leads/{lead}", leadScore=41)
    first = joined("activities")
    [found] = [each for each in first.records("activities") if each["marketoGUID"] == guid]
    assert found["lead_leadScore"] == 41
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post(f"/leads/{lead}", leadScore=42)
    assert guid not in {
        each["marketoGUID"]
        for each in joined("activities", state=first.state).records("activities")
    }


def test_activity_of_the_loser_of_a_merge_is_not_given_to_the_winner(tap, joined):
    winner, loser = list(leads(tap))[:2]
    row = {"leadId": loser, "activityTypeId": 1, "activityDate": "2026-11-20T10:00:00Z"}
    [guid] = tap.simulator.post("/activities", input=[row])["ids"]
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    run = joined("activities", activity_lead_join="left")
    [found] = [each for each in run.records("activities") if each["marketoGUID"] == guid]
    assert (found["leadId"], found["lead_email"]) == (loser, None)


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_each_lead_is_asked_for_once_in_a_run(tap, joined, method):
    tap.simulator.post("/settings", page_size=10)
    run = joined(activities_method=method, activity_lead_join="left")
    ids = [lead for call in asked(tap) for lead in call]
    assert len(ids) == len(set(ids))
    assert set(ids) == {str(row["leadId"]) for row in run.records("activities")}


def test_one_call_serves_a_quiet_hour_of_all_types(tap, joined):
    state = joined("activities").state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    some = list(leads(tap))[:4]
    happened = [
        {"leadId": lead, "activityTypeId": kind} for lead in some for kind in (1, 10, 11, 32)
    ]
    tap.simulator.post("/activities", input=happened)
    run = joined("activities", state=state)
    assert len(run.records("activities")) == len(happened)
    assert len(tap.calls("/activities.json")) == 3
    assert asked(tap) == [[str(lead) for lead in some]]


def test_three_hundred_leads_are_looked_up_by_a_call(tap, joined):
    tap.simulator.post("/settings", page_size=100, empty_page_every=0, scan_rows=5_000)
    made = [{"email": f"p{number}@example.com"} for number in range(700)]
    tap.simulator.post("/leads", input=made)
    run = joined("activities", activity_lead_join="left")
    sizes = [len(call) for call in asked(tap)]
    wanted = {row["leadId"] for row in run.records("activities")}
    assert sizes[:-1] == [300, 300]
    assert sum(sizes) == len(wanted)


@pytest.mark.slow
def test_lead_that_was_not_met_for_long_is_looked_up_again(tap, joined):
    """20,000 leads are remembered."""
    tap.simulator.post("/clock", advance_seconds=HOUR)
    made = [{"email": f"p{number}@example.com"} for number in range(20_700)]
    forgotten, *_, remembered = tap.simulator.post("/leads", input=made)["ids"]
    tap.simulator.post("/clock", advance_seconds=60)
    again = [{"leadId": lead, "activityTypeId": 12} for lead in (forgotten, remembered)]
    tap.simulator.post("/activities", input=again)
    run = joined("activities", start_date="2026-11-24T10:30:00Z", activity_types=["New Lead"])
    assert len(run.records("activities")) == len(made) + len(again)
    calls = Counter(lead for call in asked(tap) for lead in call)
    assert [lead for lead, count in calls.items() if count > 1] == [str(forgotten)]


def test_only_selected_fields_are_asked_for(tap, joined):
    run = joined("activities", without={"activities": COLUMNS - {"lead_email"}})
    assert run.schema("activities").keys() & COLUMNS == {"lead_email"}
    assert {call["query"]["fields"] for call in tap.calls("/leads.json")} == {"id,email"}


def test_stream_without_any_of_the_columns_is_not_joined(tap, joined):
    everything = joined("activities", without={"activities": COLUMNS})
    assert tap.calls("/leads.json") == []
    assert gone(tap, everything)


def test_streams_without_the_setting_ask_for_no_lead(tap):
    run = tap("activities", start_date=RECENT)
    assert not run.schema("activities").keys() & COLUMNS
    assert tap.calls("/leads.json") == []


def test_column_whose_name_is_taken_gets_another_one(tap):
    tap.simulator.post("/fields", name="Source", displayName="Source", dataType="string")
    settings = {"activity_lead_fields": ["Source", "id"]}
    [entry] = [
        entry
        for entry in tap.discover(**settings)["streams"]
        if entry["tap_stream_id"] == "activity_new_lead"
    ]
    names = entry["schema"]["properties"]
    assert {"lead_source", "lead_Source_field", "leadId", "lead_id"} <= names.keys()
    assert names["lead_source"]["description"] == "Lead Source"


def test_field_that_marketo_lacks_is_named_before_data_is_read(tap):
    run = tap("activities", activity_lead_fields=["email", "leedScore"])
    assert run.status == 1
    assert "`activity_lead_fields` names `leedScore`" in run.last_line
    assert "did you mean `leadScore`?" in run.last_line
    assert tap.calls("/activities.json") == tap.calls("/pagingtoken.json") == []


def test_field_that_was_hidden_since_the_last_run_is_left_out(tap, joined):
    state = joined().state
    tap.simulator.post("/fields/leadScore", hidden=True)
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/activities", input=[{"leadId": 1, "activityTypeId": 1}])
    for catalog in ({"catalog": tap.discover(activity_lead_fields=FIELDS)}, {}):
        run = joined(state=state, **catalog)
        assert run.status == 0, run.last_line
        assert "leadScore is gone from Marketo" in run.stderr
        [row] = run.records("activities")
        assert "lead_leadScore" not in row.keys() | run.schema("activities").keys()
        assert row["lead_email"]


@pytest.mark.parametrize("fields", [["email"], []])
def test_field_that_the_setting_does_not_name_any_more_is_no_drift(joined, fields):
    run = joined(state=joined().state, fields=fields)
    assert run.status == 0, run.last_line
    for stream in STREAMS:
        assert run.schema(stream).keys() & COLUMNS == {f"lead_{field}" for field in fields}
    assert "drift" not in run.stderr


def test_field_that_is_hidden_in_the_middle_is_left_out_from_there_on(tap, joined):
    with proxy_before(tap.simulator.endpoint) as proxy:
        proxy.changes["/pagingtoken.json"] = lambda *_: tap.simulator.post(
            "/fields/leadScore", hidden=True
        )
        run = joined(endpoint=proxy.endpoint)
    assert run.status == 0, run.last_line
    schemas = [m for m in run.messages if (m["type"], m.get("stream")) == ("SCHEMA", "activities")]
    assert ["lead_leadScore" in m["schema"]["properties"] for m in schemas] == [True, False]
    assert run.records("activities")
    assert not any("lead_leadScore" in row for row in run.records("activities"))
    assert all(row["lead_email"] for row in run.records("activity_visit_webpage"))
    assert "drift in activities: lead_leadScore is gone from Marketo" in run.stderr


def test_refusal_without_a_hidden_field_stands(tap, joined):
    tap.fault("code", code="1006", path="*/leads.json", message="Field 'email' not found")
    run = joined()
    assert run.status == 1
    assert "1006" in run.last_line


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_run_that_stops_anywhere_is_completed_by_the_next(tap, joined, method):
    tap.simulator.post("/clock", running=False)
    tap.simulator.post("/settings", page_size=10)
    whole = joined(activities_method=method)
    calls = len(tap.simulator.get("/calls")["calls"])
    for call in range(calls, 5, -6):
        tap.simulator.delete("/calls")
        tap.fault("code", code="610", call=call)
        broken = joined(activities_method=method)
        assert broken.status == 1
        tap.simulator.delete("/faults")
        rest = joined(activities_method=method, state=broken.state)
        assert rest.status == 0, rest.last_line
        assert rows(broken.messages, rest.messages) == rows(whole.messages)


def test_state_advances_while_new_leads_come_page_by_page(tap, joined):
    """Each page waits for the leads of a later one: STATE must not wait for ever."""
    tap.simulator.post("/settings", page_size=50)
    made = [{"email": f"p{number}@example.com"} for number in range(1_000)]
    tap.simulator.post("/leads", input=made)
    run = joined("activities", start_date="2026-11-24T09:00:00Z", activity_types=["New Lead"])
    tokens = {
        reading["token"]
        for message in run.messages
        if message["type"] == "STATE"
        for reading in message["value"]["bookmarks"]["activities"].get("reading", ())
    }
    assert len(run.records("activities")) == 1_000
    assert len(tokens) > 3
