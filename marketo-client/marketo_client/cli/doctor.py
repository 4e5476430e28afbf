"""The examination of an instance: a few calls, and a line for each thing that a run needs.

It changes nothing in Marketo, and leaves no job behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.cli import checks
from marketo_client.cli.findings import Finding, Verdict
from marketo_client.cli.permissions import NEEDS
from marketo_client.errors import (
    CredentialsError,
    MarketoError,
    MissingPermissionError,
    StopForTodayError,
    UnreachableError,
    WaitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from marketo_client.cli.findings import Examination

CHECKS: Final[Mapping[str, Callable[[Examination], Finding]]] = {
    "credentials": checks.credentials,
    "calls today": checks.calls_today,
    "clock": checks.clock,
    **{need.permission: need.look for need in NEEDS},
    "native CRM sync": checks.native_crm_sync,
    "partitions": checks.partitions,
    "export by updatedAt": checks.updated_at_exports,
    "export bytes today": checks.export_bytes_today,
}
REFUSES_ALL: Final = (
    CredentialsError,
    MissingPermissionError,  # of the call that needs none; checks take care of the others
    StopForTodayError,
    UnreachableError,
    WaitError,
)


def examine(exam: Examination) -> Iterator[tuple[str, Finding]]:
    """What each check found, by its name; up to one after which every call would fail alike."""
    for name, check in CHECKS.items():
        try:
            finding = check(exam)
        except MarketoError as error:
            yield name, Finding(Verdict.FAIL, str(error))
            if isinstance(error, REFUSES_ALL):
                return
        else:
            yield name, finding
