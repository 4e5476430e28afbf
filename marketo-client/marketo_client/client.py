"""The client: one transport, and a service for each family of Marketo objects."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from marketo_client.bulk.activity_exports import ActivityExports
from marketo_client.bulk.export_budget import ExportBudget
from marketo_client.bulk.export_jobs import ExportStatus
from marketo_client.bulk.imports import CustomObjectImports, LeadImports
from marketo_client.bulk.lead_exports import LeadExports
from marketo_client.clock import SYSTEM_CLOCK
from marketo_client.errors import UNTOLD, MissingPermissionError
from marketo_client.http.transport import Transport
from marketo_client.http.usage import Usage
from marketo_client.records.activities import Activities
from marketo_client.records.companies import Companies
from marketo_client.records.custom_object_types import CustomObjectTypes
from marketo_client.records.custom_objects import CustomObjects
from marketo_client.records.folders import Folders
from marketo_client.records.leads import Leads
from marketo_client.records.opportunities import Opportunities, OpportunityRoles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from marketo_client.bulk.export_jobs import ExportJob
    from marketo_client.clock import Clock
    from marketo_client.settings import Connection

log = logging.getLogger(__name__)


class Marketo:
    """One instance as one API user, for one run; safe to share between threads.

    Its calls never pass the rate and concurrency limits of the connection, and repeat what can be
    repeated: as often as the error table says, or `most_tries` times where somebody waits. All
    raise MarketoError.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock = SYSTEM_CLOCK,
        most_tries: int | None = None,
    ) -> None:
        self._transport = Transport(connection, clock=clock, most_tries=most_tries)
        self.calls = self._transport.statistics
        self.leads = Leads(self._transport)
        self.companies = Companies(self._transport)
        self.custom_objects = CustomObjects(self._transport)
        self.custom_object_types = CustomObjectTypes(self._transport)
        self.opportunities = Opportunities(self._transport)
        self.opportunity_roles = OpportunityRoles(self._transport)
        self.activities = Activities(self._transport)
        self.call_budget = self._transport.call_budget
        self.export_budget = ExportBudget(
            connection.max_daily_export_mb, jobs=self._completed_exports, time=self._transport.time
        )
        self._poll_seconds = poll_seconds = connection.poll_interval_seconds
        self.lead_exports = LeadExports(
            self._transport, budget=self.export_budget, poll_seconds=poll_seconds
        )
        self.activity_exports = ActivityExports(
            self._transport, budget=self.export_budget, poll_seconds=poll_seconds
        )
        self.lead_imports = LeadImports(self._transport, poll_seconds=poll_seconds)
        self.folders = Folders(self._transport)
        self.usage = Usage(self._transport.send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def give_up_waiting(self) -> None:
        """Wait no longer for another day, a place in a bulk queue or the end of a bulk job.

        Who does is let out with the error, in the last case GivenUpError. Safe in a signal
        handler; waits of seconds, for the rate or a repeat, go on.
        """
        self._transport.patience.give_up()

    def custom_object_imports(self, api_name: str) -> CustomObjectImports:
        """Imports of the records of one custom object; nothing is asked yet."""
        return CustomObjectImports(
            self._transport,
            poll_seconds=self._poll_seconds,
            place={"api_name": api_name},
        )

    def _completed_exports(self) -> Iterator[ExportJob]:
        """Jobs of all kinds that this client makes, as far as Marketo lists them."""
        for exports in (self.lead_exports, self.activity_exports):
            try:
                yield from exports.jobs(ExportStatus.COMPLETED)
            except MissingPermissionError:  # then there are none
                continue
            except UNTOLD as error:
                log.warning("%s; exports of other runs do not count today", error)

    def authenticate(self) -> None:
        """Get a token, as a check of the credentials; free of quota. Raises CredentialsError."""
        self._transport.authenticate()

    @property
    def api_user(self) -> str | None:
        """The API user, as `usage` names it; None before the first token, or if it does not say."""
        return self._transport.api_user

    @property
    def now(self) -> datetime | None:
        """Marketo's time; None before the first answer."""
        return self._transport.time.now
