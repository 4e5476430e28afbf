"""What differs between subscriptions and what Adobe leaves open: one record of switches.

Knows no endpoint. `GET` and `POST /_simulator/settings` show and change it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES: Final = {
    "csv_booleans": ("true/false", "1/0"),
    "import_empty_cells": ("kept", "cleared"),
    "import_null_cells": ("text", "cleared"),
    "company_fields_of_linked_leads": ("refused", "ignored", "written"),
    "company_fields_of_unlinked_leads": ("written", "refused"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches of one simulated subscription; the defaults are a standard one."""

    # limits (Marketo docs: API limits)
    calls_per_20s: int = 100
    """Answered 606 above it, in real time."""
    concurrent_calls: int = 10
    """Answered 615 above it."""
    daily_calls: int = 50_000
    """Answered 607 above it, until midnight Central in simulated time."""
    daily_export_mb: int = 500
    """Enqueue is answered 1029 once the day's files reach it."""
    token_life_seconds: int = 3600
    latency_seconds: float = 0.0
    """How long each call takes, in real time, while it holds its slot."""

    # feeds
    page_size: int = 300
    """Rows on a page at most."""
    scan_rows: int = 5_000
    """Rows that one feed call looks at: rare types give short and empty pages."""
    empty_page_every: int = 0
    """Each n-th page of a feed is empty and says moreResult; 0 for none."""
    paging_token_life_seconds: int = 0
    """How long a feed's token is good, in simulated time; 0 for ever."""
    list_members_in_feeds: int = 0
    """The listId of a list with so many leads is 1003, as from the end of 2026; 0 for never."""
    late_percent: int = 0
    """Share of the rows of what happens from now on that are written late."""
    late_seconds: int = 600
    """How long after their activityDate those become readable, in simulated time."""
    time_zone: str = "UTC"
    """Of datetimes in the old and new values of change rows."""

    # bulk extract
    export_seconds: float = 0.0
    """How long a job is Processing, in simulated time."""
    export_polls: int = 0
    """How many status calls a job stays unfinished for."""
    status_refresh_seconds: int = 0
    """How old, in simulated time, the answer of a status call may be; Marketo's is up to 60."""
    updated_at_filter: bool = False
    """Whether leads and custom objects can be exported by updatedAt; else 1035."""
    smart_list_filter: bool = False
    """Whether leads and custom objects can be exported by smart list; else 1035."""
    export_of_deletes_refused: bool = True
    """Whether an activity export that names type 37 is 1003; else it has no such rows."""
    csv_booleans: str = "true/false"
    """Or `1/0`."""
    csv_undoubled_quotes: bool = False
    """Leave quotes inside quoted cells as they are, as some exports do."""
    csv_unquoted_returns: bool = False
    """Leave cells with a carriage return in them unquoted."""
    csv_cut_characters: bool = False
    """Cut the last byte off text that ends in a multi-byte character: invalid UTF-8."""

    # bulk import
    import_seconds: float = 0.0
    """How long a batch is Importing, in simulated time; its rows are written one after another."""
    import_polls: int = 0
    """How many status calls a batch stays unfinished for."""
    import_empty_cells: str = "kept"
    """What an empty cell does to its field: it is `kept` as it is, or `cleared`."""
    import_null_cells: str = "text"
    """What the word null in a cell is: `text`, or a field that is `cleared`."""
    import_problems_shifted: bool = True
    """Whether files of failures and warnings lack trailing empty cells, so that cells shift."""
    import_problems_unquoted: bool = False
    """Whether they leave commas and newlines unquoted."""

    # subscription
    native_crm_sync: bool = False
    """A CRM owns companies, which can then only be read, and opportunity roles: 1018."""
    company_changes_on_leads: bool = True
    """Whether a company's change leaves a change row on each lead that is linked to it."""
    company_fields_of_linked_leads: str = "refused"
    """In Sync Leads: `refused` with 1021, `ignored`, or `written` to the company."""
    company_fields_of_unlinked_leads: str = "written"
    """In Sync Leads: `written` to the lead, or `refused` with 1021."""
    companies_in_use_deletable: bool = False
    """Whether a company goes although leads are linked to it, whose links end; else 1022."""
    null_fields_omitted: bool = False
    """Whether companies and custom objects leave out the fields that have no value."""
    custom_object_types: bool = False
    """Whether the metadata API of custom objects is there; else 616."""
    custom_objects: bool = True
    """Whether there are custom objects at all; else 1026."""
    custom_objects_go_with_leads: bool = False
    """Whether the records of a deleted lead vanish with it; else they stay as they are."""
    custom_object_links_as_text: bool = False
    """Whether queries show the values of link fields as text."""
    subscription_reachable: bool = True
    """False: every call is answered 614."""
    unknown_uri_status: int = 200
    """HTTP status of 610; 404 was seen too."""

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """The same with other values.

        Raises:
            ValueError: an unknown setting, or a word that it does not take.
            TypeError: a value of another type.
        """
        present = asdict(self)
        for name, value in changes.items():
            if name not in present:
                raise ValueError(f"no setting {name!r}; there are {', '.join(present)}")
            expected = (int, float) if isinstance(present[name], float) else type(present[name])
            if not isinstance(value, expected):
                raise TypeError(f"setting {name!r} takes a {type(present[name]).__name__}")
            if value not in CHOICES.get(name, (value,)):
                raise ValueError(f"setting {name!r} takes {' or '.join(CHOICES[name])}")
        return replace(self, **changes)
