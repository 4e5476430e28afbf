"""Looking at a bulk job until it is over.

Knows no endpoint. Marketo docs: Bulk Extract, Bulk Import.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from marketo_client.errors import MarketoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    from marketo_client.clock import Clock

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


def until_over(job: J, look: Callable[[], J], *, name: str, clock: Clock, poll_seconds: float) -> J:
    """The job when it is over; changes are told in the log. Raises MarketoError after a day."""
    give_up_at = clock.now() + LONGEST_JOB.total_seconds()
    while not job.is_over:
        if clock.now() > give_up_at:
            raise MarketoError(
                f"{name}: still {job.status} after 24 hours; see Marketo's status page"
            )
        clock.sleep(poll_seconds)
        before, job = job, look()
        if job.status is not before.status:
            log.info("%s: %s", name, job.status)
    return job
