"""Looking at a bulk job until it is over.

Knows no endpoint. Marketo docs: Bulk Extract, Bulk Import.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from marketo_client.errors import GivenUpError, MarketoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    from marketo_client.http.patience import Patience

log = logging.getLogger(__name__)

LONGEST_JOB: Final = timedelta(hours=24)


class Job(Protocol):
    """Something that Marketo works on."""

    @property
    def status(self) -> StrEnum:
        """Where it stands."""

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""


J = TypeVar("J", bound=Job)


def until_over(
    job: J, look: Callable[[], J], *, name: str, patience: Patience, poll_seconds: float
) -> J:
    """The job when it is over; changes are told in the log.

    Raises MarketoError after a day, GivenUpError when nobody wants to wait any more.
    """
    give_up_at = patience.clock.now() + LONGEST_JOB.total_seconds()
    while not job.is_over:
        if patience.clock.now() > give_up_at:
            raise MarketoError(
                f"{name}: still {job.status} after 24 hours; see Marketo's status page"
            )
        if not patience.wait(poll_seconds):
            raise GivenUpError(f"{name}: still {job.status}, and waited for no longer")
        before, job = job, look()
        if job.status is not before.status:
            log.info("%s: %s", name, job.status)
    return job
