"""The client: one transport, and a service for each family of Marketo objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from marketo_client.activities import Activities
from marketo_client.clock import SYSTEM_CLOCK
from marketo_client.companies import Companies
from marketo_client.folders import Folders
from marketo_client.lead_exports import LeadExports
from marketo_client.leads import Leads
from marketo_client.transport import Transport
from marketo_client.usage import Usage

if TYPE_CHECKING:
    from marketo_client.clock import Clock
    from marketo_client.settings import Connection


class Marketo:
    """One instance as one API user, for one run; safe to share between threads.

    Its calls never pass the rate and concurrency limits of the connection, and repeat what can be
    repeated. All raise MarketoError.
    """

    def __init__(self, connection: Connection, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._transport = Transport(connection, clock=clock)
        self.calls = self._transport.statistics
        self.leads = Leads(self._transport)
        self.companies = Companies(self._transport)
        self.activities = Activities(self._transport)
        self.lead_exports = LeadExports(
            self._transport, clock=clock, poll_seconds=connection.poll_interval_seconds
        )
        self.folders = Folders(self._transport)
        self.usage = Usage(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def authenticate(self) -> None:
        """Get a token, as a check of the credentials; free of quota. Raises CredentialsError."""
        self._transport.authenticate()
