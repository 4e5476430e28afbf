"""kill -9 of the tap: what was written before, and the run that goes on, make the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tap_runs import rows

if TYPE_CHECKING:
    from tests.tap_runs import TapRunner

SHARES = (0.1, 0.5, 0.9)
RESUMED_STATES = 4


def test_killed_run_and_its_successor_give_the_rows_of_one_run(run_tap: TapRunner) -> None:
    whole = run_tap().messages
    for share in SHARES:
        written = run_tap.killed_after(int(len(whole) * share))
        states = [message["value"] for message in written if message["type"] == "STATE"]
        resumed = run_tap(state=states[-1] if states else None)
        assert resumed.status == 0, resumed.last_line
        assert rows(written, resumed.messages) == rows(whole)


def test_state_never_covers_a_row_that_was_not_written(run_tap: TapRunner) -> None:
    whole = run_tap().messages
    places = [place for place, message in enumerate(whole) if message["type"] == "STATE"]
    for place in places[:: len(places) // RESUMED_STATES]:
        written = whole[: place + 1]
        resumed = run_tap(state=written[-1]["value"])
        assert rows(written, resumed.messages) == rows(whole)
