"""Every kind of fault, as a table, and what came of a run that one of them struck."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from marketo_client.errors import ERRORS, RenewTokenError, WaitError

from tests.faults.scenarios import Quiet, prepare, trouble

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
FEEDS = "/rest/v1/activit*s.json"  # activities, leadchanges, deletedleads; and the types
COMPANIES = "*/companies/describe.json"  # where it is refused, nobody knows their fields
REFUSED = ("609", "1003")
ANY = "*"
FROM_THERE_ON = 1_000_000  # calls
TELLTALE = "Person.7@example.com cannot be called at +49 30 000007"  # no log may repeat it


class End(StrEnum):
    """How a struck run ends."""

    DONE = "done"
    STOPPED = "stopped, then resumed"


@dataclass(frozen=True)
class Strike:
    """A fault, the calls that it is meant for, and the end that it leads to at worst."""

    fault: dict[str, Any]
    calls: str = ANY
    end: End = End.DONE
    but: str = ""

    def places(self, paths: list[str]) -> list[int]:
        """The indices of the calls that it can strike."""
        return [place for place, path in enumerate(paths, start=1) if self._fits(path)]

    def _fits(self, path: str) -> bool:
        return fnmatch(path, self.calls) and not fnmatch(path, self.but)


def code(number: str, message: str = TELLTALE, *, end: End = End.DONE, **rest: Any) -> Strike:
    """Marketo refuses the call."""
    return Strike({"kind": "code", "code": number, "message": message}, end=end, **rest)


def stopped(kind: str, **rest: Any) -> Strike:
    """What the run cannot survive; the next one goes on."""
    return Strike({"kind": kind, **rest}, end=End.STOPPED)


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
    "file corrupt twice": Strike({"kind": "corrupt_file", "times": 2}, FILES),
    "file short twice": Strike({"kind": "short_file", "times": 2}, FILES),
    "file missing": Strike({"kind": "missing_file"}, FILES),
    "job failed": Strike({"kind": "failed_job"}, ENQUEUES),
    "queue full": code("1029", "Too many jobs in queue", calls=ENQUEUES),
    "queued already": code("1029", "Job already queued", end=End.STOPPED, calls=ENQUEUES),
    "export quota spent": code(
        "1029", "Export daily quota 500MB exceeded.", end=End.STOPPED, calls=ENQUEUES
    ),
}
STRIKES = {
    **BROKEN,
    **EXPORTS,
    **{f"code {number}": code(number) for number in CODES},
    "paging token refused": code("1003", "Invalid paging token", calls=FEEDS, but="*/types.json"),
    "code 607": code("607", end=End.STOPPED),
    **{f"code {number}": code(number, end=End.STOPPED, but=COMPANIES) for number in REFUSED},
    "tokens refused for good": stopped("code", code="601", times=FROM_THERE_ON),
    "rate used up for good": stopped("code", code="606", times=FROM_THERE_ON),
    "down for good": stopped("http_503", times=FROM_THERE_ON),
}


def outcome(tap: FastTap, strike: Strike, quiet: Quiet, calls: list[int]) -> str | None:
    """What a run struck at those calls does otherwise than the quiet one; None if nothing."""
    prepare(tap, quiet.scenario)
    tap.strike(*[{"path": strike.calls, **strike.fault, "call": call} for call in calls])
    run = tap(state=quiet.state, **quiet.settings())
    if not tap.struck():
        return "nothing was struck"
    bad = strike.calls == FILES or strike.fault["kind"] == "failed_job"
    if not run.status or strike.end is End.DONE:
        return trouble(quiet, [run], tap.paid_twice(), files_are_bad=bad)
    tap.strike()
    rest = tap(state=run.state or quiet.state, **quiet.settings())
    return trouble(quiet, [run, rest], tap.paid_twice(), files_are_bad=bad)
