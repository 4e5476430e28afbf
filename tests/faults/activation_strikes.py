"""Every kind of fault that may strike a call of the target, and what came of a struck run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_client.errors import ERRORS, RenewTokenError, WaitError

from tests.faults.activations import STREAM, Quiet, difference
from tests.faults.strikes import BROKEN, End, Strike, code

if TYPE_CHECKING:
    from tests.faults.fast_targets import FastTarget

NEVER_STRUCK = {"0", "1016", "1019"}  # without a code, or of bulk imports
CODES = sorted(
    number
    for number, rule in ERRORS.items()
    if issubclass(rule.family, WaitError | RenewTokenError) and number not in NEVER_STRUCK
)
STRIKES = {
    **BROKEN,
    "work done later": Strike({"kind": "late_work", "seconds": 0.7}),
    **{f"code {number}": code(number) for number in CODES},
    # Not 1003: to a look-up by one address it means that over 1,000 leads share it.
    **{f"code {number}": code(number, end=End.STOPPED) for number in ("607", "610")},
}


def outcome(target: FastTarget, kind: str, quiet: Quiet, call: int) -> str | None:
    """What a run struck at that call comes to otherwise than the quiet one; None if nothing."""
    strike = STRIKES[kind]
    quiet.activation.prepare(target)
    target.strike({**strike.fault, "call": call})
    run = quiet.activation.run(target)
    if not target.struck():
        return "nothing was struck"
    if run.status and strike.end is End.DONE:
        return run.last_line
    return resumed(target, quiet) if run.status else difference(target, quiet)


def resumed(target: FastTarget, quiet: Quiet) -> str | None:
    """What the next run comes to otherwise than the quiet one; None if nothing."""
    target.strike()
    rest = quiet.activation.run(target)
    if rest.status:
        return rest.last_line
    if rest.states[-1]["bookmarks"][STREAM]["upto"] != quiet.activation.upto:
        return "STATE does not cover all rows"
    return difference(target, quiet)
