"""The client against the simulator, a separate process: every read, every fault at every call."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from marketo_client import (
    BudgetError,
    CredentialsError,
    DailyQuotaError,
    LeadFilter,
    Marketo,
    MissingPermissionError,
    RefusedTokenError,
    RequestError,
    Window,
    codec,
)

EVER = datetime(2026, 9, 1, tzinfo=UTC)
WINDOWS = [
    Window(EVER, datetime(2026, 10, 1, tzinfo=UTC)),
    Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)),
    Window(datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)),
]


CANNOT_BE_TOLD = ("null", '""', '"" / ""')  # from null, and where quotes are not doubled


@pytest.fixture(scope="module")
def running(started):
    with started("--profile", "small", "--now", "2026-11-24T10:00:00Z") as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    return running


@pytest.fixture
def client(simulator, clock):
    with Marketo(simulator.connection(), clock=clock) as marketo:
        yield marketo


def activities(marketo):
    """Every activity but deletes, ten types a call."""
    ids = [kind.id for kind in marketo.activities.types().types if kind.id != 37]
    for start in range(0, len(ids), 10):
        token, more = marketo.activities.paging_token(EVER).value, True
        while more:
            page = marketo.activities.page(token, type_ids=ids[start : start + 10])
            yield from page.rows
            token, more = page.next_token, page.more


def changes(marketo, fields):
    """Every lead change."""
    token, more = marketo.activities.paging_token(EVER).value, True
    while more:
        page = marketo.activities.lead_changes(token, fields=fields)
        yield from page.rows
        token, more = page.next_token, page.more


def exported(marketo, fields, windows=tuple(WINDOWS)):
    """All leads by bulk, as cells by field name."""
    for window in windows:
        where = LeadFilter.created(window)
        with marketo.lead_exports.read(fields=fields, where=where) as export:
            yield from (dict(zip(fields, row, strict=True)) for row in export.rows())


def everything(marketo):
    """What a small run reads: describes, types, feeds, leads both ways."""
    fields = [field.name for field in marketo.leads.describe().fields[:20]]
    fields.append("id")
    leads = list(exported(marketo, fields, WINDOWS[2:]))
    page = marketo.leads.by_ids([int(lead["id"]) for lead in leads], fields=fields)
    return {
        "company": marketo.companies.describe().fields,
        "folder": marketo.folders.oldest_created_at(),
        "activities": list(activities(marketo)),
        "changes": list(changes(marketo, fields)),
        "deleted": marketo.activities.deleted_leads(
            marketo.activities.paging_token(EVER).value
        ).rows,
        "leads": leads,
        "page": page.rows,
    }


@pytest.mark.parametrize(
    "switches", [{}, {"csv_undoubled_quotes": True, "csv_booleans": "1/0"}], ids=["clean", "odd"]
)
def test_every_lead_reads_the_same_by_bulk_and_by_rest(simulator, client, switches):
    with simulator.switched(switches):
        types = {field.name: field.data_type for field in client.leads.describe().fields}
        by_bulk = {lead["id"]: lead for lead in exported(client, list(types))}
        ids = [int(lead_id) for lead_id in by_bulk]
        pages = list(client.leads.by_filter("id", ids, fields=list(types)))
    by_rest = [row for page in pages for row in page.rows]
    assert len(by_rest) == len(by_bulk) > 30
    for row in by_rest:
        lead = by_bulk[str(row["id"])]
        for name, data_type in types.items():
            if row[name] in CANNOT_BE_TOLD:
                continue
            cast = codec(data_type)
            assert (name, cast.from_csv(lead[name])) == (name, cast.from_rest(row[name]))


def test_characters_cut_in_the_middle_spoil_their_own_cell_only(simulator, client):
    fields = ["id", "lastName", "email"]
    clean = list(exported(client, fields))
    with simulator.switched({"csv_cut_characters": True}):
        cut = list(exported(client, fields))
    assert [lead["id"] for lead in cut] == [lead["id"] for lead in clean]
    assert [lead["email"] for lead in cut] == [lead["email"] for lead in clean]
    assert any("\ufffd" in (lead["lastName"] or "") for lead in cut)


def test_a_small_run_is_read_by_few_calls(client):
    found = everything(client)
    assert len(found["leads"]) == len(found["page"]) > 5
    assert len(found["activities"]) > 100
    assert found["changes"]
    assert client.calls.total < 40


FAULTS = {
    "reset": {"kind": "reset"},
    "lost answer": {"kind": "lost_answer"},
    "cut body": {"kind": "cut_body"},
    "HTML body": {"kind": "html_body"},
    "empty body": {"kind": "empty_body"},
    "HTTP 502": {"kind": "http_502"},
    **{
        f"code {code}": {"kind": "code", "code": code}
        for code in ("601", "602", "604", "606", "608", "611", "614", "615", "713")
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_a_run_survives(fault, simulator, clock):
    with Marketo(simulator.connection(), clock=clock) as marketo:
        expected = everything(marketo)
        calls = marketo.calls.total
    simulator.control("DELETE", "/calls")
    step = 3 if FAULTS[fault].get("code") in {"601", "602"} else 2  # the repeat, and its new token
    for index in range(2, 2 + step * calls, step):  # call 1 is for the first token
        strike = FAULTS[fault] | {"call": index, "path": "*.json"}
        simulator.control("POST", "/faults", strike)
    with Marketo(simulator.connection(), clock=clock) as marketo:
        assert everything(marketo) == expected
    assert all(strike["struck"] for strike in simulator.control("GET", "/faults")["faults"])


@pytest.mark.parametrize("kind", ["corrupt_file", "short_file", "missing_file", "failed_job"])
def test_a_bad_export_is_made_good(kind, simulator, client):
    expected = list(exported(client, ["id", "email"], WINDOWS[2:]))
    simulator.control("POST", "/faults", {"kind": kind})
    assert list(exported(client, ["id", "email"], WINDOWS[2:])) == expected


def test_threads_never_pass_the_limit_of_running_calls(simulator, no_thread_errors):
    with (
        simulator.switched({"concurrent_calls": 4, "latency_seconds": 0.01}),
        Marketo(simulator.connection(max_concurrent_calls=3)) as marketo,
    ):
        with no_thread_errors(count=40) as run:
            run(marketo.usage.calls_today)
        assert marketo.calls.retries == 0


def test_a_token_that_dies_within_a_run_is_replaced(simulator, client):
    client.usage.calls_today()
    simulator.control("POST", "/tokens/expire")
    assert client.usage.calls_today() > 0
    assert client.calls.retries == 1


def test_a_long_search_goes_through(client):
    lead = next(lead for lead in exported(client, ["id", "email"]) if lead["email"])
    mails = [f"person.{number}@a-rather-long-host-name.example.com" for number in range(290)]
    pages = client.leads.by_filter("email", [*mails, lead["email"]], fields=["email"])
    assert int(lead["id"]) in [row["id"] for page in pages for row in page.rows]


def test_wrong_credentials_are_told_before_any_call(simulator, clock):
    wrong = simulator.connection(client_secret="not-the-secret")
    with (
        Marketo(wrong, clock=clock) as marketo,
        pytest.raises(CredentialsError, match="`client_secret`"),
    ):
        marketo.authenticate()
    calls = simulator.control("GET", "/calls")["calls"]
    assert {call["path"] for call in calls} == {"/identity/oauth/token"}


def test_a_missing_permission_is_named(simulator, client):
    simulator.control("POST", "/permissions", {"denied": ["Read-Only Assets"]})
    with pytest.raises(MissingPermissionError, match="Read-Only Assets"):
        client.folders.oldest_created_at()


def test_statistics_tell_calls_by_user_and_errors_by_code(simulator, client):
    before = client.usage.errors_today()[0].by_code.get("1006", 0)
    with pytest.raises(RequestError):
        client.leads.by_ids([1], fields=["noSuchField"])
    simulator.control("POST", "/usage", {"userId": "other@example.com", "calls": 10})
    [today] = client.usage.today()
    assert today.by_user["other@example.com"] == 10
    assert today.total == sum(today.by_user.values()) == client.usage.calls_today() - 1
    assert client.usage.errors_today()[0].by_code["1006"] == before + 1
    assert len(client.usage.last_7_days()) == len(client.usage.errors_of_last_7_days()) == 7
    assert today.date in {day.date for day in client.usage.last_7_days()}


def test_partitions_are_listed(client):
    assert client.leads.partitions()[0].name == "Default"


def test_a_spent_day_stops_the_run(simulator, client):
    simulator.control("POST", "/settings", {"daily_calls": 1})
    with pytest.raises(DailyQuotaError, match="607"):
        everything(client)


def test_an_expired_paging_token_has_its_own_error(simulator, client):
    token = client.activities.paging_token(EVER).value
    simulator.control("POST", "/faults", {"kind": "expired_paging_tokens"})
    with pytest.raises(RefusedTokenError):
        client.activities.page(token, type_ids=[1])


def test_an_unknown_field_is_named(client):
    with pytest.raises(RequestError, match=r"1006.*'noSuchField'"):
        client.leads.by_ids([1], fields=["noSuchField"])


def test_times_are_marketos(simulator, client):
    simulator.control("POST", "/clock", {"now": "2026-12-24T18:00:00Z", "running": False})
    read_at = client.activities.types().read_at
    simulator.control("POST", "/clock", {"now": "2026-11-24T10:00:00Z", "running": True})
    assert read_at == datetime(2026, 12, 24, 18, tzinfo=UTC)


def test_no_secret_is_logged_by_a_run_with_faults(simulator, client, caplog):
    caplog.set_level(logging.DEBUG)
    simulator.control("POST", "/faults", {"kind": "code", "code": "602", "times": 2})
    simulator.control("POST", "/faults", {"kind": "html_body", "call": 5, "times": 2})
    everything(client)
    assert "/oauth/token" in caplog.text
    assert simulator.described["client_secret"] not in caplog.text


class SharedClock:
    """A clock that Marketo goes by too, a minute at a time: long waits are made of many naps."""

    def __init__(self, clock, simulator):
        self.now, self._clock, self._simulator = clock.now, clock, simulator
        self._ahead = 0.0

    def sleep(self, seconds):
        self._clock.sleep(seconds)
        self._ahead += seconds
        if self._ahead >= 60:
            self._simulator.control("POST", "/clock", {"advance_seconds": self._ahead})
            self._ahead = 0.0


@pytest.mark.parametrize("budget", [{}, {"max_daily_calls": 20}], ids=["Marketo's", "our own"])
def test_who_waits_goes_on_when_the_day_turns(started, clock, budget):
    with started("--profile", "small", "--now", "2026-11-24T20:00:00Z") as simulator:
        simulator.control("POST", "/settings", {"daily_calls": 25, "calls_per_20s": 1_000})
        connection = simulator.connection(on_quota="wait", **budget)
        with Marketo(connection, clock=SharedClock(clock, simulator)) as marketo:
            for _ in range(30):
                marketo.activities.types()
    assert clock.now() > 10 * 3600


def test_a_budget_is_never_passed(started, clock):
    with started("--profile", "small", "--now", "2026-11-24T20:00:00Z") as simulator:
        simulator.control("POST", "/usage", {"userId": "other@example.com", "calls": 10})
        with Marketo(simulator.connection(max_daily_calls=20), clock=clock) as marketo:
            outcomes = [call_once(marketo) for _ in range(12)]
        marketo_counts = simulator.control("GET", "/calls")["calls"]
    assert outcomes == ["called"] * 8 + ["stopped"] * 4
    assert sum("types" in call["path"] for call in marketo_counts) == 8


def call_once(marketo):
    try:
        marketo.activities.types()
    except BudgetError:
        return "stopped"
    return "called"
