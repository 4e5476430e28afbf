"""The calls that every object but leads has: describe, look up by key, sync, delete.

An object names its address, its permission and its id. Marketo docs: Lead Database.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from marketo_client.http.calls import Call
from marketo_client.records.filters import filter_query, portions
from marketo_client.records.object_descriptions import read_description
from marketo_client.records.paging import position_pages
from marketo_client.records.record_writes import SyncAction, write_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from marketo_client.http.transport import Transport
    from marketo_client.records.object_descriptions import ObjectDescription
    from marketo_client.records.paging import Page
    from marketo_client.records.record_writes import IdType, SyncReply

    Key = Mapping[str, str | int]


class DedupeBy(StrEnum):
    """By what a record is known: by its dedupe fields, or by the id that Marketo gave it."""

    DEDUPE_FIELDS = "dedupeFields"
    ID_FIELD = "idField"


class StandardObject:
    """The calls of one object.

    `noun` is the permission's, as in Read-Only Company; `sync_timeout_seconds` is what a sync
    needs at least, where Marketo itself may take longer than the usual timeout; keys of several
    fields are there where `takes_keys_as_json`.
    """

    base: ClassVar[str]
    noun: ClassVar[str]
    id_field: ClassVar[str] = "marketoGUID"
    id_type: ClassVar[IdType] = str
    sync_timeout_seconds: ClassVar[float] = 0
    takes_keys_as_json: ClassVar[bool] = False

    def __init__(self, transport: Transport, *, place: Mapping[str, str] | None = None) -> None:
        self._transport = transport
        self._place = place or {}

    def describe(self) -> ObjectDescription:
        """Fields, keys and links. Raises MissingPermissionError, FeatureMissingError."""
        return read_description(self._transport.send(self._reading("GET", "/describe.json")))

    def by_filter(
        self, filter_type: str, values: Sequence[str | int], *, fields: Sequence[str]
    ) -> Iterator[Page]:
        """Records whose field has one of the values (any number of them), page by page.

        `filter_type` is a searchable field, or one of `DedupeBy` where that is one field. A field
        that a row lacks is null. Raises ValueError for a value with a comma: Marketo would take
        it for two.
        """
        for some in portions(values):
            call = replace(
                self._reading("GET", ".json"), query=filter_query(filter_type, some, fields)
            )
            yield from position_pages(self._transport, call)

    def by_keys(self, keys: Sequence[Key], *, fields: Sequence[str]) -> Iterator[Page]:
        """Records with one of these keys (any number), page by page.

        A key holds a value for each dedupe field. Raises ValueError for several fields, and for a
        value with a comma, where the object has no such keys.
        """
        if not any(_needs_json(key) for key in keys):
            values = [value for key in keys for value in key.values()]
            yield from self.by_filter(DedupeBy.DEDUPE_FIELDS, values, fields=fields)
        elif not self.takes_keys_as_json:
            raise ValueError(f"{self.noun}: a key is one value, and without a comma")
        else:
            yield from self._by_json_keys(keys, fields)

    def _by_json_keys(self, keys: Sequence[Key], fields: Sequence[str]) -> Iterator[Page]:
        for some in portions(keys):
            call = replace(
                self._reading("POST", ".json"),
                query={"_method": "GET"},
                body={
                    "filterType": DedupeBy.DEDUPE_FIELDS.value,
                    "fields": list(fields),
                    "input": list(some),
                },
            )
            yield from position_pages(self._transport, call)

    def sync(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        action: SyncAction,
        dedupe_by: DedupeBy = DedupeBy.DEDUPE_FIELDS,
    ) -> SyncReply:
        """What became of up to 300 records and 1 MB (else ValueError), by one call.

        Every record holds all dedupe fields, or the id field, by which Marketo takes `updateOnly`
        alone. Only `updateOnly` is repeated after a lost answer; the other actions raise
        LostAnswerError, since the work may be done or still be running. Raises
        FeatureMissingError (1018) where a native CRM sync owns the object.
        """
        if action is SyncAction.CREATE_DUPLICATE:
            raise ValueError("createDuplicate is for leads alone")
        if dedupe_by is DedupeBy.ID_FIELD and action is not SyncAction.UPDATE_ONLY:
            raise ValueError("by idField records can be updated alone")
        return self._write(
            replace(
                self._writing(".json"),
                body={"action": action.value, "dedupeBy": dedupe_by.value, "input": list(rows)},
                repeat=action.repeat,
                shortest_timeout_seconds=self.sync_timeout_seconds,
            )
        )

    def delete(
        self, keys: Sequence[Key], *, delete_by: DedupeBy = DedupeBy.DEDUPE_FIELDS
    ) -> SyncReply:
        """What became of up to 300 records (else ValueError), by one call that may be repeated.

        A record that is gone already is skipped with 1013, one that others need with 1022.
        """
        body = {"deleteBy": delete_by.value, "input": list(keys)}
        return self._write(replace(self._writing("/delete.json"), body=body))

    def _write(self, call: Call) -> SyncReply:
        return write_records(self._transport, call, id_field=self.id_field, id_type=self.id_type)

    def _reading(self, method: str, path: str) -> Call:
        return Call(
            method, self.base + path, place=self._place, permission=f"Read-Only {self.noun}"
        )

    def _writing(self, path: str) -> Call:
        return Call(
            "POST", self.base + path, place=self._place, permission=f"Read-Write {self.noun}"
        )


def _needs_json(key: Key) -> bool:
    """Whether a key cannot stand in a list of values."""
    return len(key) != 1 or any("," in str(value) for value in key.values())
