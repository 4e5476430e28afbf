"""The transport over real HTTP: token, repeats, long queries, and what must not leak."""

from __future__ import annotations

import logging
import socket
import traceback
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from marketo_client import (
    Connection,
    CredentialsError,
    DailyQuotaError,
    Marketo,
    MarketoError,
    PagingLoopError,
    RefusedTokenError,
    RequestError,
    TransportError,
    UnreachableError,
    UnreadableReplyError,
)
from marketo_client.http.calls import Call, Repeat
from marketo_client.http.transport import Transport

SECRET = "s3cr3t-of-the-service"
TOKEN = "scripted-token"
WRITE = Call(
    "POST", "/rest/v1/activities/external.json", body={"input": []}, repeat=Repeat.ONLY_IF_REFUSED
)


def test_the_token_goes_in_the_header_and_nowhere_else(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 1}]))
    marketo.activities.types()
    method, path, authorization, _ = script.requests[0]
    assert (method, path) == ("GET", "/rest/v1/activities/types.json")
    assert authorization == f"Bearer {TOKEN}"


@pytest.mark.parametrize("code", ["601", "602"])
def test_a_dead_token_is_replaced_and_the_same_call_sent_again(script, marketo, answers, code):
    script.will_answer(answers.failure(code), answers.success(result=[{"total": 7}]))
    assert marketo.usage.calls_today() == 7
    assert len(script.token_requests) == 2
    assert script.requests[0][:2] == script.requests[1][:2]


def test_a_token_that_stays_dead_is_given_up_after_two_renewals(script, marketo, answers):
    script.will_answer(answers.failure("602", "Access token expired"))
    with pytest.raises(MarketoError, match="602"):
        marketo.usage.calls_today()
    assert len(script.requests) == 3


BROKEN = {
    "reset": {"reset": True},
    "cut body": {"body": {"requestId": "a#1", "success": True, "result": []}, "cut": True},
    "cut JSON": {"body": b'{"requestId":"a#19a1b2c3d4e","success":true,"resu'},
    "HTML body": {"body": b"<html>busy</html>", "headers": {"Content-Type": "text/html"}},
    "empty body": {"body": b""},
    "HTTP 500": {"status": 500},
    "HTTP 502": {"status": 502, "body": b"<html>bad gateway</html>"},
    "HTTP 429": {"status": 429},
    "JSON that is no envelope": {"body": [1]},
    **{
        f"code {code}": {"body": {"requestId": "a#1", "success": False, "errors": [{"code": code}]}}
        for code in ("0", "500", "502", "604", "606", "608", "611", "614", "615", "713", "719")
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_read_is_repeated_after(kind, script, marketo, answers):
    broken = answers.scripted(**BROKEN[kind])
    script.will_answer(broken, broken, answers.success(result=[{"total": 7}]))
    assert marketo.usage.calls_today() == 7
    assert marketo.calls.by_endpoint == {"/rest/v1/stats/usage.json": 3}
    assert marketo.calls.retries == 2


def test_a_gateway_that_stays_broken_ends_in_a_sentence(script, marketo, answers):
    script.will_answer(answers.scripted(b"<html>down</html>", status=503))
    with pytest.raises(TransportError, match=r"/rest/v1/stats/usage.json: HTTP 503 .*`endpoint`"):
        marketo.usage.calls_today()
    assert len(script.requests) == TransportError.tries


def test_a_server_that_hangs_is_a_timeout(clock):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        connection = Connection(url, "client-id", SECRET, request_timeout_seconds=0.01)
        with (
            Marketo(connection, clock=clock) as marketo,
            pytest.raises(TransportError, match="`request_timeout_seconds`"),
        ):
            marketo.authenticate()


@pytest.mark.parametrize(("status", "told"), [(413, "fewer records"), (414, "fewer values")])
def test_what_is_too_long_is_not_repeated(script, marketo, answers, status, told):
    script.will_answer(answers.scripted(b"<html></html>", status=status))
    with pytest.raises(RequestError, match=told):
        marketo.usage.calls_today()
    assert len(script.requests) == 1


def test_the_daily_quota_stops_at_once(script, marketo, answers):
    script.will_answer(answers.failure("607", "Daily quota reached"))
    with pytest.raises(DailyQuotaError, match=r"607.*midnight.*e42b#19a1b2c3d4e"):
        marketo.usage.calls_today()
    assert len(script.requests) == 1


@pytest.mark.parametrize("kind", ["reset", "cut body", "HTTP 502", "code 611"])
def test_a_write_with_an_unknown_fate_is_not_sent_twice(kind, script, clock, answers):
    script.will_answer(answers.scripted(**BROKEN[kind]), answers.success(result=[]))
    with pytest.raises(MarketoError):
        Transport(script.connection(), clock=clock).send(WRITE)
    assert len(script.requests) == 1


@pytest.mark.parametrize("code", ["602", "606", "608", "615"])
def test_a_refused_write_is_sent_again(code, script, clock, answers):
    script.will_answer(answers.failure(code), answers.success(result=[]))
    Transport(script.connection(), clock=clock).send(WRITE)
    assert len(script.requests) == 2


def test_a_long_query_moves_to_the_body_by_itself(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 1}]))
    fields = [f"custom_field_number_{number}" for number in range(400)]
    marketo.leads.by_ids([1, 2], fields=fields)
    method, path, _, body = script.requests[0]
    assert (method, path) == ("POST", "/rest/v1/leads.json?_method=GET")
    assert parse_qs(body.decode()) == {
        "filterType": ["id"],
        "filterValues": ["1,2"],
        "fields": [",".join(fields)],
    }


def test_a_query_that_names_people_is_never_in_an_address(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 1}]))
    list(marketo.leads.by_filter("email", ["ada@example.com"], fields=["id"]))
    method, path, _, body = script.requests[0]
    assert (method, path) == ("POST", "/rest/v1/leads.json?_method=GET")
    assert parse_qs(body.decode())["filterValues"] == ["ada@example.com"]


def test_a_page_carries_marketos_time_and_not_ours(script, marketo, answers):
    dated = {"Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
    script.will_answer(answers.scripted(answers.success(nextPageToken="T"), headers=dated))
    token = marketo.activities.paging_token(datetime(2026, 11, 1, tzinfo=UTC))
    assert token.read_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_an_answer_without_date_is_dated_by_its_request_id(script, marketo, answers):
    script.will_answer(answers.success(nextPageToken="T"))
    token = marketo.activities.paging_token(datetime(2026, 11, 1, tzinfo=UTC))
    assert token.read_at == datetime.fromtimestamp(0x19A1B2C3D4E // 1000, UTC)


@pytest.mark.parametrize(
    "request_id", ["none", "19a1b2c3d4e", "e42b#1", "e42b#-19a1b2c3d4e", "e42b#" + "f" * 15, 7]
)
def test_an_answer_without_any_time_is_not_dated_by_the_local_clock(script, marketo, request_id):
    script.will_answer({"requestId": request_id, "success": True, "nextPageToken": "T"})
    with pytest.raises(UnreadableReplyError, match=r"without a time.*proxy"):
        marketo.activities.paging_token(datetime(2026, 11, 1, tzinfo=UTC))
    assert len(script.requests) == 1


def test_a_date_older_than_marketo_gives_way_to_the_request_id(script, marketo, answers):
    dated = {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    script.will_answer(answers.scripted(answers.success(nextPageToken="T"), headers=dated))
    token = marketo.activities.paging_token(datetime(2026, 11, 1, tzinfo=UTC))
    assert token.read_at == datetime.fromtimestamp(0x19A1B2C3D4E // 1000, UTC)


def test_an_unchanged_feed_token_is_a_loop(script, marketo, answers):
    script.will_answer(answers.success(result=[], nextPageToken="T", moreResult=True))
    with pytest.raises(PagingLoopError):
        marketo.activities.page("T", type_ids=[1])


def test_an_empty_page_with_more_to_come_is_just_a_page(script, marketo, answers):
    script.will_answer(answers.success(nextPageToken="U", moreResult=True))
    page = marketo.activities.page("T", type_ids=[1, 2])
    assert (page.rows, page.next_token, page.more) == ([], "U", True)


@pytest.mark.parametrize(
    ("members", "more"),
    [
        ({"result": [{"id": 1}], "nextPageToken": "U"}, True),
        ({"result": [{"id": 1}], "nextPageToken": "U", "moreResult": None}, True),
        ({"result": [{"id": 1}], "nextPageToken": "U", "moreResult": False}, False),
        ({"result": [{"id": 1}], "nextPageToken": "T"}, False),
        ({"result": [{"id": 1}]}, False),
        ({"result": [], "nextPageToken": "U"}, False),
        ({"nextPageToken": "U"}, False),
    ],
)
def test_a_feed_that_does_not_say_more_goes_on_while_rows_come(
    script, marketo, answers, members, more
):
    script.will_answer(answers.success(**members))
    assert marketo.activities.page("T", type_ids=[1]).more is more


def test_a_token_seen_before_is_a_loop_in_a_paged_search(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 1}], nextPageToken="T"))
    with pytest.raises(PagingLoopError):
        list(marketo.leads.by_filter("email", ["ada@example.com"], fields=["id"]))


def test_a_search_pages_until_no_token_comes(script, marketo, answers):
    script.will_answer(
        answers.success(result=[{"id": 1}], nextPageToken="T="),
        answers.success(result=[{"id": 2}]),
        answers.success(result=[{"id": 3}]),
    )
    pages = list(marketo.leads.by_filter("id", range(301), fields=["id"]))
    assert [page.rows[0]["id"] for page in pages] == [1, 2, 3]
    assert "nextPageToken=T%3D" in script.requests[1][1]


def test_leads_by_id_come_page_by_page_when_marketo_splits_its_answer(script, marketo, answers):
    script.will_answer(
        answers.success(result=[{"id": 1}], nextPageToken="T="),
        answers.success(result=[{"id": 2}], nextPageToken="U="),
        answers.success(result=[]),
    )
    pages = list(marketo.leads.pages_by_ids([1, 2, 3], fields=["id"]))
    assert [row["id"] for page in pages for row in page.rows] == [1, 2]
    assert [("nextPageToken=" in path) for _, path, _, _ in script.requests] == [False, True, True]


def test_any_number_of_leads_is_read_by_id_300_at_a_time(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 1}]), answers.success(result=[{"id": 301}]))
    pages = list(marketo.leads.pages_by_ids(range(1, 302), fields=["id"]))
    assert [page.rows[0]["id"] for page in pages] == [1, 301]
    assert "filterValues=301&" in script.requests[1][1]


def test_folders_page_by_offset_until_a_page_is_short(script, marketo, answers):
    full = [{"createdAt": "2015-02-03T10:00:00Z+0000"}] * 200
    script.will_answer(
        answers.success(result=full),
        answers.success(warnings=["No assets found for the given search criteria."]),
    )
    assert marketo.folders.oldest_created_at() == datetime(2015, 2, 3, 10, tzinfo=UTC)
    assert ["offset=0" in script.requests[0][1], "offset=200" in script.requests[1][1]] == [
        True
    ] * 2


def test_an_instance_without_folders_has_no_oldest_one(script, marketo, answers):
    script.will_answer(answers.success(warnings=["No assets found for the given search criteria."]))
    assert marketo.folders.oldest_created_at() is None


def test_no_data_found_is_an_empty_page(script, marketo, answers):
    script.will_answer(answers.failure("702", "No data found"))
    assert marketo.leads.by_ids([1], fields=["id"]).rows == []


def test_a_refused_paging_token_has_its_own_error(script, marketo, answers):
    script.will_answer(answers.failure("1003", "Invalid nextPageToken"))
    with pytest.raises(RefusedTokenError, match="1003"):
        marketo.activities.deleted_leads("OLD")


def test_broken_characters_in_an_answer_do_not_stop_it(script, marketo, answers):
    result = b'[{"id":1,"name":"\xe6\xbc \\ud83d"}]'
    body = b'{"requestId":"a#19a1b2c3d4e","success":true,"result":' + result + b"}"
    script.will_answer(answers.scripted(body))
    assert marketo.activities.types().types[0].name == "\ufffd ?"


def test_a_redirect_is_not_followed(script, marketo, answers):
    elsewhere = {"Location": "http://127.0.0.1:9/rest/v1/stats/usage.json"}
    script.will_answer(answers.scripted(b"", status=302, headers=elsewhere))
    with pytest.raises(TransportError, match="HTTP 302"):
        marketo.usage.calls_today()


def everything_told(error: BaseException) -> str:
    chained = [error, error.__cause__, error.__context__]
    return "".join(
        f"{found!r} {''.join(traceback.format_exception(found))}" for found in chained if found
    )


@pytest.mark.parametrize("kind", ["reset", "HTML body", "HTTP 502", "wrong credentials"])
def test_no_secret_is_in_errors_and_logs(kind, script, clock, answers, caplog):
    caplog.set_level(logging.DEBUG)
    refused = answers.scripted({"error": "invalid_client"}, status=401)
    script.tokens = [answers.scripted(**BROKEN[kind]) if kind in BROKEN else refused]
    with Marketo(script.connection(), clock=clock) as marketo:
        with pytest.raises((TransportError, CredentialsError)) as caught:
            marketo.authenticate()
        script.tokens = [answers.scripted({"access_token": TOKEN, "expires_in": 3599})]
        script.will_answer(answers.failure("603", "Access denied"))
        with pytest.raises(MarketoError) as denied:
            marketo.usage.calls_today()
    told = caplog.text + everything_told(caught.value) + everything_told(denied.value)
    assert "/oauth/token" in told
    assert SECRET not in told
    assert TOKEN not in told


def test_no_key_of_a_record_is_in_the_logs(script, marketo, answers, caplog):
    caplog.set_level(logging.DEBUG)
    script.will_answer(answers.success(result=[{"id": 1}]))
    list(marketo.leads.by_filter("email", ["ada@example.com"], fields=["id", "email"]))
    assert "/rest/v1/leads.json?(withheld)" in caplog.text
    assert "ada" not in caplog.text


def test_a_host_that_is_not_there_is_told_without_the_secret(clock):
    connection = Connection("http://127.0.0.1:1", "client-id", SECRET)
    with (
        Marketo(connection, clock=clock) as marketo,
        pytest.raises(UnreachableError, match="check `endpoint`") as caught,
    ):
        marketo.authenticate()
    assert SECRET not in everything_told(caught.value)


def test_threads_share_one_client(script, marketo, answers, no_thread_errors):
    script.will_answer(answers.failure("602"), answers.success(result=[{"total": 1}]))
    with no_thread_errors(count=30) as run:
        run(marketo.usage.calls_today)
    assert marketo.calls.total == 31
    assert len(script.token_requests) == 2


def test_an_endpoint_where_nothing_listens_is_named_at_once(clock):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    nowhere = Connection(f"http://127.0.0.1:{port}", "client", SECRET)
    with pytest.raises(UnreachableError, match=r"of 127\.0\.0\.1: nothing listens there"):
        Marketo(nowhere, clock=clock).authenticate()
    assert clock.slept == []


def test_a_name_that_nobody_knows_is_named_at_once(clock):
    nowhere = Connection("https://marketo.invalid/rest", "client", SECRET)
    with pytest.raises(UnreachableError, match=r"of marketo\.invalid: the host's name"):
        Marketo(nowhere, clock=clock).authenticate()
    assert clock.slept == []


def test_a_marketo_that_has_answered_before_is_waited_for(script, answers, marketo, clock):
    token = {"access_token": TOKEN, "expires_in": 3599}
    script.tokens = [answers.scripted(token, headers={"Connection": "close"})]
    marketo.authenticate()
    script.server.shutdown()
    script.server.server_close()
    with pytest.raises(TransportError, match="nothing listens there"):
        marketo.usage.calls_today()
    assert len(clock.slept) == TransportError.tries - 1
