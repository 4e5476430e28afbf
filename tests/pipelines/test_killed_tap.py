"""kill -9 of the tap: what was written before, and the run that goes on, make the same rows.

In the sample the tap reads one window of leads, in the long forms all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_runs import rows

if TYPE_CHECKING:
    from tests.tap_runs import TapRunner

RECENT = {"start_date": "2026-11-01T00:00:00Z"}
SAMPLE = pytest.param(RECENT, (0.5,), id="sample")
WHOLE = pytest.param({}, (0.1, 0.5, 0.9), id="whole", marks=pytest.mark.slow)


@pytest.mark.parametrize(("settings", "shares"), [SAMPLE, WHOLE])
def test_killed_run_and_its_successor_give_the_rows_of_one_run(
    run_tap: TapRunner, settings: dict[str, Any], shares: tuple[float, ...]
) -> None:
    whole = run_tap(**settings).messages
    for share in shares:
        written = run_tap.killed_after(int(len(whole) * share), **settings)
        states = [message["value"] for message in written if message["type"] == "STATE"]
        resumed = run_tap(state=states[-1] if states else None, **settings)
        assert resumed.status == 0, resumed.last_line
        assert rows(written, resumed.messages) == rows(whole)


@pytest.mark.parametrize(("settings", "shares"), [SAMPLE, WHOLE])
def test_state_never_covers_a_row_that_was_not_written(
    run_tap: TapRunner, settings: dict[str, Any], shares: tuple[float, ...]
) -> None:
    whole = run_tap(**settings).messages
    places = [place for place, message in enumerate(whole) if message["type"] == "STATE"]
    for share in shares:
        written = whole[: places[int(len(places) * share)] + 1]
        resumed = run_tap(state=written[-1]["value"], **settings)
        assert rows(written, resumed.messages) == rows(whole)
