"""The day's calls and export bytes: budgets, others' use, stopping, and waiting for midnight."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from marketo_client import (
    BudgetError,
    DailyQuotaError,
    ExportQuotaError,
    LeadFilter,
    Marketo,
    OnQuota,
    Window,
)
from marketo_client.central import age_of_day, central_day, next_midnight

AFTERNOON = datetime(2026, 11, 24, 20, tzinfo=UTC)  # 14:00 US Central
MIDNIGHT = datetime(2026, 11, 25, 6, tzinfo=UTC)
WHERE = LeadFilter.created(Window(datetime(2026, 11, 1, tzinfo=UTC), AFTERNOON))


@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        ("2026-11-24T20:00:00", "2026-11-25T06:00:00"),
        ("2026-11-25T05:59:59", "2026-11-25T06:00:00"),
        ("2026-11-25T06:00:00", "2026-11-26T06:00:00"),
        ("2026-03-08T07:00:00", "2026-03-09T05:00:00"),  # clocks go forward: 23 hours
        ("2026-11-01T06:00:00", "2026-11-02T06:00:00"),  # clocks go back: 25 hours
        ("2026-07-01T12:00:00", "2026-07-02T05:00:00"),
    ],
)
def test_a_day_ends_at_midnight_central_also_when_clocks_change(moment, midnight):
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert next_midnight(at).isoformat() == f"{midnight}+00:00"
    assert central_day(next_midnight(at) - timedelta(seconds=1)) == central_day(at)
    assert age_of_day(next_midnight(at)) == timedelta(0)


class Day:
    """A scripted Marketo whose answers say what time it is there."""

    def __init__(self, script, answers, clock):
        self.script, self.answers, self.clock = script, answers, clock

    def at(self, moment, body):
        """An answer that was given at a moment."""
        return self.answers.scripted(body, headers={"Date": format_datetime(moment, usegmt=True)})

    def used(self, calls, moment=AFTERNOON):
        """An answer of the usage endpoint."""
        return self.at(moment, self.answers.success(result=[{"total": calls}]))

    def rows(self, moment=AFTERNOON, **members):
        return self.at(moment, self.answers.success(**{"result": [{"id": 1}]} | members))

    def no_rows(self, moment=AFTERNOON):
        return self.rows(moment, result=[])

    def refusal(self, code, text="no", moment=AFTERNOON):
        return self.at(moment, self.answers.failure(code, text))

    def job(self, status="Completed", job_id="job-1", size=None, finished="2026-11-24T19:00:00Z"):
        """An answer that shows one job, or a list of one."""
        row = {"exportId": job_id, "status": status, "finishedAt": finished, "fileSize": size}
        return self.rows(result=[row])

    def client(self, **settings):
        return Marketo(
            self.script.connection(**{"max_calls_per_20s": 10_000} | settings), clock=self.clock
        )

    @property
    def paths(self):
        return [path.partition("?")[0].rpartition("/")[2] for _, path, _, _ in self.script.requests]


@pytest.fixture
def day(script, answers, clock):
    return Day(script, answers, clock)


def test_calls_stop_before_the_budget_is_passed_and_say_when_to_go_on(day):
    day.script.will_answer(day.used(35), day.rows(), day.rows(), day.rows(), day.used(39))
    with day.client(max_daily_calls=40) as marketo:
        for _ in range(3):
            marketo.activities.types()
        with pytest.raises(BudgetError, match=r"40 of 40 calls.*2026-11-25 06:00 UTC") as stopped:
            marketo.activities.types()
    assert stopped.value.setting == "max_daily_calls"
    assert day.paths == ["usage.json", *["types.json"] * 3, "usage.json"]


def test_calls_of_other_applications_count(day):
    day.script.will_answer(day.used(40_000))
    with (
        day.client(max_daily_calls=40_000) as marketo,
        pytest.raises(BudgetError, match="other applications"),
    ):
        marketo.activities.types()
    assert day.paths == ["usage.json"]


def test_calls_of_others_are_looked_up_again_every_500_calls(day):
    day.script.will_answer(day.used(0), *[day.rows()] * 499, day.used(39_999))
    with day.client(max_daily_calls=40_000) as marketo:
        for _ in range(499):
            marketo.activities.types()
        assert marketo.call_budget.used == 500
        with pytest.raises(BudgetError, match="40,000 of 40,000"):
            marketo.activities.types()


def test_threads_share_one_budget(day):
    day.script.will_answer(day.used(0), day.rows())
    with day.client(max_daily_calls=8) as marketo:

        def call(_):
            try:
                marketo.activities.types()
            except BudgetError:
                return "stopped"
            return "called"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(call, range(6)))
        assert outcomes == ["called"] * 6
        assert marketo.call_budget.used == 7


def test_without_a_budget_nothing_is_looked_up(day):
    day.script.will_answer(day.rows())
    with day.client() as marketo:
        marketo.activities.types()
        assert marketo.call_budget.used is None
    assert day.paths == ["types.json"]


def test_a_spent_day_stops_at_once(day):
    day.script.will_answer(day.refusal("607", "Daily quota reached"))
    with day.client() as marketo, pytest.raises(DailyQuotaError, match=r"607.*midnight"):
        marketo.activities.types()
    assert day.clock.slept == []


def test_who_waits_sleeps_until_midnight_central_and_then_tries_every_quarter(day):
    spent = day.refusal("607", "Daily quota reached")
    still = day.refusal("607", "Daily quota reached", MIDNIGHT)
    day.script.will_answer(spent, still, still, day.rows(MIDNIGHT))
    with day.client(on_quota=OnQuota.WAIT) as marketo:
        marketo.activities.types()
    assert sum(day.clock.slept) == timedelta(hours=10, minutes=30).total_seconds()


def test_a_day_that_has_just_begun_is_tried_every_quarter_of_an_hour(day):
    spent = day.refusal("607", "Daily quota reached", MIDNIGHT + timedelta(minutes=59))
    day.script.will_answer(spent, day.rows())
    with day.client(on_quota="wait") as marketo:
        marketo.activities.types()
    assert sum(day.clock.slept) == timedelta(minutes=15).total_seconds()


def test_who_gives_up_waiting_is_let_out_with_the_error(day):
    day.script.will_answer(day.refusal("607", "Daily quota reached"))
    connection = day.script.connection(on_quota=OnQuota.WAIT)
    with Marketo(connection) as marketo, ThreadPoolExecutor() as pool:
        waiting = pool.submit(marketo.activities.types)
        while not waiting.done() and marketo.calls.waits == 0:
            time.sleep(0.01)
        marketo.give_up_waiting()
        with pytest.raises(DailyQuotaError):
            waiting.result()
    assert day.paths == ["types.json"]


def test_who_waits_for_the_own_budget_goes_on_with_the_new_days_use(day):
    day.script.will_answer(day.used(40), day.used(0, MIDNIGHT), day.rows(MIDNIGHT))
    with day.client(max_daily_calls=40, on_quota=OnQuota.WAIT) as marketo:
        marketo.activities.types()
        assert marketo.call_budget.used == 2
    assert sum(day.clock.slept) == timedelta(hours=10).total_seconds()
    assert day.paths == ["usage.json", "usage.json", "types.json"]


def enqueue(marketo):
    """A job, made and enqueued."""
    return marketo.lead_exports.enqueue(marketo.lead_exports.create(fields=["id"], where=WHERE).id)


@pytest.mark.parametrize(("size", "more"), [(450_000_000, "450.0"), (300_000_000, "300.0")])
def test_an_export_stops_before_the_days_bytes_are_passed(day, size, more):
    day.script.will_answer(
        day.job("Created", "job-2"), day.job("Completed", "job-1", size), day.no_rows()
    )
    with (
        day.client(max_daily_export_mb=450) as marketo,
        pytest.raises(BudgetError, match=rf"{size / 1e6} of 450 MB.*may have {more}") as stopped,
    ):
        enqueue(marketo)
    assert stopped.value.setting == "max_daily_export_mb"
    assert day.paths == ["create.json", "export.json", "export.json"]


def test_an_export_of_yesterday_does_not_count(day):
    yesterday = day.job("Completed", "job-1", 450_000_000, finished="2026-11-24T05:59:59Z")
    day.script.will_answer(
        day.job("Created", "job-2"), yesterday, day.no_rows(), day.job("Queued", "job-2")
    )
    with day.client(max_daily_export_mb=450) as marketo:
        enqueue(marketo)
        assert marketo.export_budget.used_bytes == 0


def test_a_list_that_the_role_may_not_read_has_none_of_our_exports(day):
    day.script.will_answer(
        day.job("Created"), day.no_rows(), day.refusal("603", "Access denied"), day.job("Queued")
    )
    with day.client(max_daily_export_mb=450) as marketo:
        assert enqueue(marketo).status == "queued"


def test_the_lists_are_read_once_and_own_exports_added(day):
    done = day.job("Completed", "job-2", 440_000_000)
    day.script.will_answer(
        day.job("Created", "job-2"), day.no_rows(), day.no_rows(), day.job("Queued", "job-2"), done,
        day.job("Created", "job-3"),
    )  # fmt: skip
    with day.client(max_daily_export_mb=450) as marketo:
        marketo.lead_exports.wait(enqueue(marketo))
        assert marketo.export_budget.used_bytes == 440_000_000
        with pytest.raises(BudgetError, match="max_daily_export_mb"):
            enqueue(marketo)
    assert day.paths.count("export.json") == 2


def test_a_file_larger_than_the_budget_is_the_only_one_of_its_day(day):
    day.script.will_answer(
        day.job("Created", "job-1"), day.no_rows(), day.no_rows(), day.job("Queued", "job-1"),
        day.job("Completed", "job-1", 600_000_000), day.job("Created", "job-2"),
    )  # fmt: skip
    with day.client(max_daily_export_mb=450) as marketo:
        assert marketo.lead_exports.wait(enqueue(marketo)).size == 600_000_000
        with pytest.raises(BudgetError, match=r"600.0 of 450 MB"):
            enqueue(marketo)


def test_who_waits_for_export_bytes_goes_on_after_midnight(day):
    spent = day.refusal("1029", "Export daily quota 500MB exceeded.")
    day.script.will_answer(day.job("Created"), spent, day.rows(MIDNIGHT, result=[
        {"exportId": "job-1", "status": "Queued"}
    ]))  # fmt: skip
    with day.client(on_quota=OnQuota.WAIT) as marketo:
        enqueue(marketo)
    assert sum(day.clock.slept) == timedelta(hours=10).total_seconds()


def test_spent_export_bytes_stop_who_does_not_wait(day):
    day.script.will_answer(
        day.job("Created"), day.refusal("1029", "Export daily quota 500MB exceeded.")
    )
    with day.client() as marketo, pytest.raises(ExportQuotaError, match="midnight"):
        enqueue(marketo)


def test_who_waits_for_the_own_export_budget_goes_on_with_the_new_day(day):
    day.script.will_answer(
        day.job("Created", "job-2"), day.job("Completed", "job-1", 450_000_000), day.no_rows(),
        day.job("Completed", "job-1", 450_000_000), day.no_rows(MIDNIGHT),
        day.job("Queued", "job-2"),
    )  # fmt: skip
    with day.client(max_daily_export_mb=450, on_quota=OnQuota.WAIT) as marketo:
        enqueue(marketo)
        assert marketo.export_budget.used_bytes == 0
    assert sum(day.clock.slept) == timedelta(hours=10).total_seconds()
