"""Every kind of fault, as a table, and what came of a run that one of them struck."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from marketo_client.errors import ERRORS, RenewTokenError, WaitError

from tests.faults.scenarios import Quiet, difference, prepare
from tests.tap_runs import rows

if TYPE_CHECKING:
    from tests.faults.fast_taps import FastTap

NEVER_FROM_READS = {"0", "719", "1014", "1016", "1019"}  # without a code, or about writing
CODES = sorted(
    code
    for code, rule in ERRORS.items()
    if issubclass(rule.family, WaitError | RenewTokenError) and code not in NEVER_FROM_READS
)
FILES = "*/file.json"
ENQUEUES = "*/enqueue.json"
ANY = "*"


class End(StrEnum):
    """How a struck run ends."""

    DONE = "done"
    STOPPED = "stopped, then resumed"


@dataclass(frozen=True)
class Strike:
    """A fault, the calls that it is meant for, and the end that it leads to."""

    fault: dict[str, Any]
    calls: str = ANY
    end: End = End.DONE

    def places(self, paths: list[str]) -> list[int]:
        """The indices of the calls that it can strike."""
        return [place for place, path in enumerate(paths, start=1) if fnmatch(path, self.calls)]


BROKEN = {
    "connection reset": Strike({"kind": "reset"}),
    "answer lost": Strike({"kind": "lost_answer"}),
    "body cut": Strike({"kind": "cut_body"}),
    "silence": Strike({"kind": "timeout", "seconds": 4}),
    "slow body": Strike({"kind": "slow_body", "seconds": 0.5}),
    "HTTP 500": Strike({"kind": "http_500"}),
    "HTTP 502": Strike({"kind": "http_502"}),
    "HTTP 503": Strike({"kind": "http_503"}),
    "HTML for JSON": Strike({"kind": "html_body"}),
    "empty body": Strike({"kind": "empty_body"}),
}
EXPORTS = {
    "file corrupt": Strike({"kind": "corrupt_file"}, FILES),
    "file short": Strike({"kind": "short_file"}, FILES),
    "file missing": Strike({"kind": "missing_file"}, FILES),
    "job failed": Strike({"kind": "failed_job", "path": ENQUEUES}, ENQUEUES),
    "queue full": Strike(
        {"kind": "code", "code": "1029", "message": "Too many jobs in queue"}, ENQUEUES
    ),
}
STRIKES = {
    **BROKEN,
    **EXPORTS,
    **{f"code {code}": Strike({"kind": "code", "code": code}) for code in CODES},
    "code 607": Strike({"kind": "code", "code": "607"}, end=End.STOPPED),
    "code 610": Strike({"kind": "code", "code": "610"}, end=End.STOPPED),
}


def outcome(tap: FastTap, strike: Strike, quiet: Quiet, calls: list[int]) -> str | None:
    """What a run struck at those calls does otherwise than the quiet one; None if nothing."""
    prepare(tap, quiet.scenario)
    tap.strike(*[{"path": strike.calls, **strike.fault, "call": call} for call in calls])
    run = tap(state=quiet.state, **quiet.settings())
    if run.status and strike.end is End.DONE:
        return run.last_line
    if not run.status:
        return difference(rows(run.messages), quiet.rows)
    tap.strike()
    rest = tap(state=run.state or quiet.state, **quiet.settings())
    return (
        rest.last_line if rest.status else difference(rows(run.messages, rest.messages), quiet.rows)
    )
