"""What the exit status of a program says, from the constants that set it."""

from __future__ import annotations

from signal import SIGINT, SIGKILL, SIGTERM
from typing import TYPE_CHECKING, Final

from click import UsageError
from tap_marketo.command import FAILED
from tap_marketo.signals import SIGNALLED

from docs.printer.markdown import code, sections, table

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE: Final = "Done. Rows that were refused do not change it: `marketo-sync status` counts them."
STOPPED: Final = """Stopped. The last line on stderr says what stopped it, and what to do. STATE
covers what is written; the next run goes on from there."""
MISUSED: Final = "The command line is wrong; nothing was done."
ENDED: Final = "The line or batch in hand was finished and STATE written; run again to go on."
KILLED: Final = """Nothing could be finished. The next run goes on from the last STATE and makes
good what is missing."""
STATUSES: Final[Mapping[int, tuple[str, str]]] = {
    0: ("", DONE),
    FAILED: ("", STOPPED),
    UsageError.exit_code: ("", MISUSED),
    SIGNALLED + SIGINT: (SIGINT.name, ENDED),
    SIGNALLED + SIGTERM: (SIGTERM.name, ENDED),
    SIGNALLED + SIGKILL: (SIGKILL.name, KILLED),
}


def page() -> str:
    """The page on exit statuses."""
    return sections(
        "# Exit statuses",
        "They are the same for all our programs. A run that was cut never looks like one that is"
        " done. `meltano run` answers 1 where any of its programs did not answer 0.",
        table(
            ("status", "signal", "meaning"),
            [(code(status), code(name), words) for status, (name, words) in STATUSES.items()],
        ),
    )
