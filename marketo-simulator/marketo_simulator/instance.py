"""One simulated Marketo: all its stores, in one place for the handlers.

Knows no HTTP. Everything in it is repeatable: the same seed and calls give the same answers.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from marketo_simulator.activities.store import Activities
from marketo_simulator.activities.types import ActivityTypes
from marketo_simulator.calls import CallLog
from marketo_simulator.companies.store import Companies
from marketo_simulator.custom_object_types.store import ObjectType, ObjectTypes
from marketo_simulator.custom_objects.store import CustomObjects
from marketo_simulator.exports.store import ExportJobs
from marketo_simulator.faults import Faults
from marketo_simulator.identity.store import Identity
from marketo_simulator.imports.store import FAILING, Ending, ImportBatches
from marketo_simulator.leads.fields import Fields
from marketo_simulator.leads.store import Leads
from marketo_simulator.limits import Limits
from marketo_simulator.lists.store import Lists
from marketo_simulator.programs.store import Programs
from marketo_simulator.replies import RequestIds
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from marketo_simulator.campaigns.store import Campaign
    from marketo_simulator.clock import Clock
    from marketo_simulator.settings import Settings

API_USER: Final = "api.user@example.com"


class Instance:
    """The state that all handlers share; only one event loop touches it."""

    def __init__(self, settings: Settings, seed: int, clock: Clock, born_at: datetime) -> None:
        self.settings = settings
        self.seed = seed
        self.clock = clock
        self.born_at = born_at
        """The creation of the oldest folder; nothing is older."""
        self.denied: frozenset[str] = frozenset()
        """Permissions that the API users lack."""
        self.identity = Identity(clock, seed)
        self.service = self.identity.new_service(API_USER)
        self.fields = Fields()
        self.activity_types = ActivityTypes()
        self.activities = Activities(ZoneInfo(settings.time_zone))
        self.companies = Companies(self.fields, clock)
        self.leads = Leads(self.fields, self.activities, clock, self.companies)
        self.lists = Lists(self.leads, self.activities, clock)
        self.custom_object_types = ObjectTypes()
        self.custom_objects = CustomObjects(seed)
        self.leads.followers += [self.lists, self.custom_objects]
        self.campaigns: list[Campaign] = []
        self.programs = Programs(self.leads, self.activities, clock)
        self.exports = ExportJobs(clock, seed)
        self.imports = ImportBatches(clock)
        self.calls = CallLog()
        self.faults = Faults()
        self.limits = Limits(clock)
        self.request_ids = RequestIds(seed)
        self._token_serials = count(1)
        self.last_token_serial = 0

    def next_token_serial(self) -> int:
        """The number of the next paging token."""
        self.last_token_serial = next(self._token_serials)
        return self.last_token_serial

    def catch_up(self) -> None:
        """What is due by now happens."""
        self.activities.write_late_rows(stamp(self.clock.now()))
        self.imports.go_on(self.settings)

    def start_imports(self) -> None:
        """Batches that wait start, as far as the queue allows, well or to fail as faults say."""
        self.imports.start(self.settings, self._next_ending)

    def _next_ending(self) -> Ending:
        struck = (end for end in FAILING if self.faults.take_for(end, self.calls.latest))
        return next(struck, Ending.COMPLETE)

    def approve_custom_object_type(self, kind: ObjectType) -> None:
        """The type's draft is approved, and its records follow. Raises ValueError without one."""
        kind.approve(stamp(self.clock.now()))
        self.custom_objects.open(kind.api_name, kind.latest)

    def delete_custom_object_type(self, kind: ObjectType) -> None:
        """The type vanishes with its records."""
        self.custom_objects.close(kind.api_name)
        self.custom_object_types.remove(kind)

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Switch settings. Raises what `Settings.changed` raises."""
        self.settings = self.settings.changed(changes)
        self.open_feeds()

    def open_feeds(self) -> None:
        """From now on rows are written as the settings say."""
        self.activities.time_zone = ZoneInfo(self.settings.time_zone)
        self.custom_objects.go_with_leads = self.settings.custom_objects_go_with_leads
        self.activities.late_percent = self.settings.late_percent
        self.activities.late_by = timedelta(seconds=self.settings.late_seconds)
