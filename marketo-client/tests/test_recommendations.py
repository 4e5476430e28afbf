"""Settings that the doctor recommends, as the pure function they are."""

from __future__ import annotations

import pytest
from marketo_client.cli.findings import Facts
from marketo_client.cli.recommendations import recommended


def recommendation(setting, **facts):
    known = Facts(**{"others_busiest_day": 0, **facts})
    return {each.setting: each for each in recommended(known)}[setting]


def value(setting, **facts):
    return recommendation(setting, **facts).value


@pytest.mark.parametrize("there", [True, None, False])
def test_auto_does_without_exports_by_updated_at_and_says_so(there):
    """`changes` would hold the user to the feed once the subscription has got the filter."""
    advice = recommendation("leads_method", updated_at_exports=there)
    assert advice.value == "auto"
    assert ("1035" in advice.why) == (there is False)


@pytest.mark.parametrize(
    ("others", "calls"), [(0, 40_000), (9_000, 40_000), (20_500, 29_000), (49_990, 1_000)]
)
def test_calls_of_others_are_left_to_them(others, calls):
    assert value("max_daily_calls", others_busiest_day=others) == calls


@pytest.mark.parametrize(("types", "minutes"), [(30, 5), (60, 5), (110, 10), (1_000, 60)])
def test_runs_without_news_stay_below_what_marketo_advises(types, minutes):
    assert value("minutes between runs", activity_types=types) == minutes


def test_nothing_is_recommended_for_an_instance_that_could_not_be_asked():
    assert recommended(Facts()) == ()
