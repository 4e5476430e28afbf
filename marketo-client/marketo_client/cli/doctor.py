"""The examination of an instance: a few calls, and a line for each thing that a run needs.

It changes nothing in Marketo, and leaves no job in its queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from marketo_client.cli import checks
from marketo_client.cli.findings import Finding, Verdict, missing
from marketo_client.cli.permissions import READING, WRITING
from marketo_client.errors import (
    CredentialsError,
    MarketoError,
    MissingPermissionError,
    StopForTodayError,
    UnreachableError,
    WaitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from marketo_client.cli.findings import Examination


class Purpose(StrEnum):
    """Which program's API user is examined."""

    TAP = "tap"
    TARGET = "target"


Checks = Mapping[str, "Callable[[Examination], Finding]"]

FIRST: Final[Checks] = {
    "credentials": checks.credentials,
    "calls today": checks.calls_today,
    "clock": checks.clock,
}
LAST: Final[Checks] = {
    "native CRM sync": checks.native_crm_sync,
    "partitions": checks.partitions,
}
CHECKS: Final[Mapping[Purpose, Checks]] = {
    Purpose.TAP: {
        **FIRST,
        **{need.permission: need.look for need in READING},
        **LAST,
        "export by updatedAt": checks.updated_at_exports,
        "export bytes today": checks.export_bytes_today,
    },
    Purpose.TARGET: {**FIRST, **{need.permission: need.look for need in WRITING}, **LAST},
}
REFUSES_ALL: Final = (
    CredentialsError,
    MissingPermissionError,  # of the call that needs none; checks take care of the others
    StopForTodayError,
    UnreachableError,
    WaitError,
)


def examine(exam: Examination, *, purpose: Purpose) -> Iterator[tuple[str, Finding]]:
    """What each check found, by its name; up to one after which every call would fail alike."""
    for name, check in CHECKS[purpose].items():
        try:
            finding = check(exam)
        except REFUSES_ALL as error:
            yield name, Finding(Verdict.FAIL, str(error))
            return
        except MarketoError as error:  # this Marketo does not tell, and runs do without
            yield name, missing(str(error))
        else:
            yield name, finding
