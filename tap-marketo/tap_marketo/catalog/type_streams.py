"""Which stream an activity type has: the id decides, since names change in Marketo.

What an earlier run called it is in the bookmark, what discovery calls it now in the catalog.
Knows nothing of reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tap_marketo.bookmarks import Bookmark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib import Catalog

ACTIVITY_TYPE_ID: Final = "activity-type-id"


def types_of_catalog(catalog: Mapping[str, Any] | None) -> dict[str, int]:
    """The activity type of each stream that has one, by the name of the stream."""
    return {
        entry["tap_stream_id"]: metadata["metadata"][ACTIVITY_TYPE_ID]
        for entry in (catalog or {}).get("streams", ())
        for metadata in entry.get("metadata", ())
        if not metadata["breadcrumb"] and metadata["metadata"].get(ACTIVITY_TYPE_ID) is not None
    }


def types_of_state(bookmarks: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """The same, as the bookmarks remember it. Raises StateError."""
    types = {name: Bookmark(name, state).activity_type for name, state in bookmarks.items()}
    return {name: type_id for name, type_id in types.items() if type_id is not None}


def streams_of_types(*, listed: Mapping[str, int], read: Mapping[str, int]) -> dict[int, str]:
    """The stream of each type: where rows were written before, else as the catalog lists it."""
    free = {name: type_id for name, type_id in listed.items() if name not in read}
    return {type_id: name for name, type_id in (*free.items(), *read.items())}


def follow(
    catalog: Catalog, *, types: Mapping[str, int], names: Mapping[int, str]
) -> dict[str, str]:
    """Rename a catalog's entries as the streams of their types are called.

    Returns the name of the stream for each entry that was called otherwise.
    """
    entries = sorted(catalog.values(), key=lambda entry: types.get(entry.tap_stream_id) in names)
    renamed: dict[str, str] = {}
    catalog.clear()
    for entry in entries:
        listed = entry.tap_stream_id
        name = names.get(types.get(listed, 0), listed)
        if name != listed:
            renamed[listed] = entry.tap_stream_id = entry.stream = name
        catalog.add_stream(entry)
    return renamed
