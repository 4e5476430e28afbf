"""A record on its way as JSON, for the disk and the ledger: all that it takes to settle its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from marketo_sync import Cell

from target_marketo.rows.row import Aside, Note, Row, Send
from target_marketo.sending.batches import size_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_client import JsonObject


def to_document(send: Send) -> JsonObject:
    """The record and its row; `of_document` reads it."""
    row = send.row
    return {
        "source": row.source,
        "record_key": row.record_key,
        "digest": row.digest,
        "places": row.places,
        "forced": row.forced,
        "anew": row.anew,
        "aside": _of_aside(row.aside),
        "cells": _of_cells(send.cells),
        "record": send.record,
        "marketo_id": send.marketo_id,
    }


def of_document(document: JsonObject) -> Send:
    """The record of a document."""
    row = Row(
        document["source"],
        document["record_key"],
        document["digest"],
        tuple(document["places"]),
        forced=document["forced"],
        anew=document["anew"],
        aside=_to_aside(document["aside"]),
    )
    record = document["record"]
    cells = _to_cells(document["cells"])
    return Send(row, cells, record, size_of(record), document["marketo_id"])


def dump(document: JsonObject) -> str:
    """JSON text; what is no JSON in a row as received becomes text."""
    return orjson.dumps(document, default=str).decode()


def _of_cells(cells: Mapping[str, Cell]) -> dict[str, list[Any]]:
    return {name: [cell.database, cell.marketo] for name, cell in cells.items()}


def _to_cells(cells: Mapping[str, list[Any]]) -> dict[str, Cell]:
    return {name: Cell(*both) for name, both in cells.items()}


def _of_aside(aside: Aside) -> JsonObject:
    return {
        "cells": _of_cells(aside.cells),
        "leave_out": sorted(aside.leave_out),
        "note": aside.note,
        "is_written": aside.is_written,
    }


def _to_aside(document: JsonObject) -> Aside:
    note = document["note"]
    return Aside(
        _to_cells(document["cells"]),
        frozenset(document["leave_out"]),
        Note(*note) if note else None,
        document["is_written"],
    )
