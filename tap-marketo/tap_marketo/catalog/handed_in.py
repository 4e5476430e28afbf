"""The catalog that is handed in: its form is checked before the first call.

What it says of streams and columns may be old, new or another tap's; that is drift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_marketo.catalog.type_streams import ACTIVITY_TYPE_ID
from tap_marketo.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_client import JsonObject


def accepted(catalog: JsonObject) -> JsonObject:
    """The catalog itself. Raises CatalogError with the place that cannot be read."""
    for number, entry in enumerate(_member(catalog, "streams", list, "")):
        _check_entry(entry, f"streams[{number}]")
    return catalog


def _check_entry(entry: object, place: str) -> None:
    stream = _of_kind(entry, dict, place)
    _member(stream, "tap_stream_id", str, f"{place}.")
    schema = _member(stream, "schema", dict, f"{place}.")
    if "properties" in schema:
        properties = _member(schema, "properties", dict, f"{place}.schema.")
        for name, rule in properties.items():
            _of_kind(rule, dict, f"{place}.schema.properties.{name}")
    if stream.get("stream") is not None:
        _member(stream, "stream", str, f"{place}.")
    if "metadata" in stream:
        for number, row in enumerate(_member(stream, "metadata", list, f"{place}.")):
            at = f"{place}.metadata[{number}]"
            metadata = _of_kind(row, dict, at)
            for step in _member(metadata, "breadcrumb", list, f"{at}."):
                _of_kind(step, str, f"{at}.breadcrumb")
            values = _member(metadata, "metadata", dict, f"{at}.")
            if values.get(ACTIVITY_TYPE_ID) is not None:
                _member(values, ACTIVITY_TYPE_ID, int, f"{at}.metadata.")


def _member(row: Mapping[str, Any], name: str, kind: type, place: str) -> Any:  # noqa: ANN401 - JSON
    return _of_kind(row.get(name), kind, f"{place}{name}")


def _of_kind(value: object, kind: type, place: str) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, kind):
        raise CatalogError(place)
    return value
