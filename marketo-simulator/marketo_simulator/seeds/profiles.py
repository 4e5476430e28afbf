"""The sizes and switches that an instance can start with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_simulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Profile:
    """How much history there is, and how the subscription is switched."""

    settings: Settings
    leads: int = 0
    days: int = 60
    """From the first lead to the end of the history, a day before the clock's start."""
    events_per_lead: float = 0.0
    burst: int = 0
    """Leads that were created within one and the same second."""
    deletes: int = 0
    merges: int = 0


PROFILES: Final[Mapping[str, Profile]] = {
    "demo": Profile(
        Settings(
            scan_rows=2_000, empty_page_every=11, export_seconds=2.0, time_zone="America/Chicago",
            updated_at_filter=True, smart_list_filter=True, custom_object_types=True,
        ),
        leads=3_000, days=400, events_per_lead=3.0, burst=350, deletes=25, merges=10,
    ),
    "small": Profile(
        Settings(scan_rows=50, empty_page_every=3, unknown_uri_status=404),
        leads=40, days=60, events_per_lead=1.5, burst=6, deletes=2, merges=1,
    ),
    "crm": Profile(
        Settings(
            native_crm_sync=True, updated_at_filter=True, status_refresh_seconds=60,
            export_seconds=90.0, csv_booleans="1/0", csv_unquoted_returns=True,
            export_of_deletes_refused=False, paging_token_life_seconds=86_400, late_percent=20,
        ),
        leads=40, days=60, events_per_lead=1.5, burst=6, deletes=2, merges=1,
    ),
    "empty": Profile(Settings()),
}  # fmt: skip
