"""Which streams there are: the fixed ones, and one for each activity type.

A type keeps the stream that it has had, whatever it is called now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client import DELETE_LEAD, SettingError
from marketo_client.naming import stream_names
from marketo_client.setting_rules import nearest

from tap_marketo.plans.retention import MERGE_LEADS
from tap_marketo.streams.activities import ActivitiesStream, ActivityTypeStream
from tap_marketo.streams.changes import LeadChangesStream, NewLeadsStream
from tap_marketo.streams.deletes import DeletedLeadsStream
from tap_marketo.streams.lead_ids import LeadIdsStream
from tap_marketo.streams.leads import LeadsStream
from tap_marketo.streams.merges import MergedLeadsStream
from tap_marketo.streams.metadata import ActivityTypesStream, LeadFieldsStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketo_client import ActivityType

    from tap_marketo.stream import MarketoStream
    from tap_marketo.tap import TapMarketo

DELETIONS: Final = frozenset({str(DELETE_LEAD), "delete lead"})

FIXED: Final = (
    ActivityTypesStream,
    DeletedLeadsStream,
    LeadChangesStream,
    LeadFieldsStream,
    LeadIdsStream,
    LeadsStream,
    NewLeadsStream,
)
ONE_PER_TYPE: Final = "activity_<type>"


def streams(tap: TapMarketo, *, known: Mapping[int, str]) -> list[MarketoStream]:
    """All streams of the instance; types in `known` keep that name of their stream.

    Raises SettingError for an activity type that is not there.
    """
    every = [each for each in tap.instance.activity_types.types if each.id != DELETE_LEAD]
    wanted = _wanted(every, tap.config.get("activity_types"))
    names = stream_names(every, known=known)
    merges = [each.id for each in every if each.id == MERGE_LEADS]
    return [
        ActivitiesStream(tap, types=[each.id for each in wanted]),
        MergedLeadsStream(tap, types=merges),
        *(ActivityTypeStream(tap, activity_type=each, name=names[each.id]) for each in wanted),
        *(stream(tap) for stream in FIXED),
    ]


def needing(permission: str) -> list[str]:
    """The streams that cannot be read without a permission, in the order of their names."""
    every = (ActivitiesStream, ActivityTypeStream, MergedLeadsStream, *FIXED)
    needy = [each for each in every if permission in each.permissions]
    return sorted(str(vars(each).get("name", ONE_PER_TYPE)) for each in needy)


def _wanted(
    types: Sequence[ActivityType], setting: Sequence[str | int] | None
) -> Sequence[ActivityType]:
    """The types that the setting names, in Marketo's order; all without the setting."""
    if setting is None:
        return types
    ids = {str(each.id): each.id for each in types}
    ids |= {each.name.lower(): each.id for each in types}
    chosen = set()
    for word in setting:
        key = str(word).strip().lower()
        if key in DELETIONS:
            raise SettingError("activity_types", f"names `{word}`; that is in `deleted_leads`")
        if key not in ids:
            names = [each.name for each in types]
            hint = nearest(key, names, listed_by="the stream `activity_types`")
            raise SettingError("activity_types", f"names `{word}`, which Marketo lacks; {hint}")
        chosen.add(ids[key])
    return [each for each in types if each.id in chosen]
