"""Marketos of another make: each takes all the liberties of one kind that Adobe's documentation
leaves, and the rows are the same.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from marketo_client.bulk.csv_reader import read_rows

from tests.faults.scenarios import SCENARIOS, Quiet, difference, prepare
from tests.rewriting_proxy import Proxy, proxy_before
from tests.tap_runs import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.fast_taps import FastTap

NUMBERS = ("numberOfRecords", "fileSize", "expires_in", "total", "length", "count")
JOB_TIMES = ("createdAt", "queuedAt", "startedAt", "finishedAt")
RAW = ("attributes", "primaryAttribute", "fields", "rest")  # as they are, or told apart below


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return document.get("result") or []


def in_texts(document: dict[str, Any], _query: dict[str, str]) -> None:
    """Numbers, truths and ids come as text, and codes as numbers."""
    for name in (*NUMBERS, "moreResult", "success"):
        if name in document:
            document[name] = str(document[name])
    for row in rows_of(document):
        row.update({k: as_text(v) for k, v in row.items() if k not in RAW})
        for field in row.get("fields") or ():
            field.update(id=as_text(field.get("id")))


def as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def without_what_may_be_missing(document: dict[str, Any], _query: dict[str, str]) -> None:
    """What may be missing is missing."""
    for name in ("requestId", "warnings", "moreResult", "token_type", "scope"):
        document.pop(name, None)
    if not rows_of(document):
        document.pop("result", None)
    for row in rows_of(document):
        for name in JOB_TIMES if "exportId" in row else ():
            row.pop(name, None)
        for name in ("fileSize", "numberOfRecords", "fileChecksum", "format", "soap", "seq"):
            row.pop(name, None)
        for name in [name for name, value in row.items() if value is None or value == []]:
            del row[name]


def with_more(document: dict[str, Any], query: dict[str, str]) -> None:
    """Whatever may be there is there, in another order and with other dates."""
    if "success" not in document:
        return
    if "activityTypeIds" not in query and "sinceDatetime" not in query:
        document.setdefault("nextPageToken", "another place")
        document.setdefault("moreResult", False)
    document.update(errors=[], warnings=["a warning"], extra={"nested": [None]})
    for row in rows_of(document):
        row.update(extra=None, _more=[{"a": 1}])
        for name in ("activityDate", "createdAt", "updatedAt", "startedAt", "finishedAt"):
            if str(row.get(name)).endswith("Z"):
                row[name] = row[name].removesuffix("Z") + ".000+0000"
        if "exportId" in row:
            row["status"] = row["status"].upper()
        if "activityTypeId" in row:
            row["attributes"] = {each["name"]: each["value"] for each in row["attributes"]}
    reverse(document)


def reverse(document: dict[str, Any]) -> None:
    members = list(document.items())
    document.clear()
    document.update(reversed(members))


def quoted_file(body: bytes) -> bytes:
    """All cells quoted but null, columns the other way round, CRLF, a BOM, lists of attributes."""
    lines = io.StringIO(body.decode("utf-8", "replace"), newline="\n")
    names = body.decode("utf-8", "replace").partition("\n")[0].split(",")
    records = [dict(zip(names, cells, strict=True)) for cells in read_rows(lines, columns=names)]
    for record in records:
        if "attributes" in record:
            values = json.loads(record["attributes"] or "{}").items()
            listed = [{"name": name, "value": value} for name, value in values]
            record["attributes"] = json.dumps(listed)
    written = [",".join(f'"{name}"' for name in reversed(names))]
    written += [",".join(quoted(record[name]) for name in reversed(names)) for record in records]
    return "\ufeff".encode() + "".join(f"{line}\r\n" for line in written).encode()


def quoted(cell: str | None) -> str:
    return "null" if cell is None else '"{}"'.format(cell.replace('"', '""'))


def without_size(document: dict[str, Any], _query: dict[str, str]) -> None:
    """A file that is written anew has another size."""
    for row in rows_of(document):
        for name in ("fileSize", "fileChecksum"):
            row.pop(name, None)


def texts(proxy: Proxy) -> None:
    proxy.change_all = in_texts


def terse(proxy: Proxy) -> None:
    """Not even a time: only the answer with the token has one."""

    def change(document: dict[str, Any], query: dict[str, str]) -> None:
        if "success" in document:
            without_what_may_be_missing(document, query)
            proxy.headers = {"Date": None}

    proxy.change_all = change
    proxy.change_file = lambda body: body + b"\n\n" if body.count(b"\n") else b""


def verbose(proxy: Proxy) -> None:
    proxy.changes = dict.fromkeys(("status.json", "enqueue.json", "create.json"), without_size)
    proxy.change_all = with_more
    proxy.change_file = quoted_file
    proxy.headers = {"Content-Type": "text/plain", "Content-Length": None}


MAKES: dict[str, Callable[[Proxy], None]] = {"texts": texts, "terse": terse, "verbose": verbose}


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=[each.name for each in SCENARIOS])
def test_rows_are_the_same_from_a_marketo_of_another_make(
    taps: list[FastTap], quiets: list[Quiet], make: str, number: int
) -> None:
    tap, quiet = taps[0], quiets[number]
    prepare(tap, quiet.scenario)
    tap.strike()
    tap.simulator.post("/settings", empty_page_every=0, scan_rows=5000)  # for feeds without an end
    with proxy_before(tap.simulator.endpoint) as proxy:
        MAKES[make](proxy)
        run = tap(state=quiet.state, endpoint=proxy.endpoint, **quiet.settings())
    assert run.status == 0, run.last_line
    assert difference(rows(run.messages), quiet.rows) is None
    assert "did not fit" not in run.stderr
    assert proxy.changed_count > 10


LACKING = {  # calls that an instance may not have, and the stream that shows it
    "/stats/usage.json": None,
    "/leads/export.json": None,
    "/activities/export.json": None,
    "/companies/describe.json": "lead_fields",
    "/leads/describe.json": "lead_fields",
    "/leads/describe2.json": "lead_fields",
}


@pytest.mark.parametrize("path", LACKING)
def test_rows_are_the_same_from_a_marketo_without_that_call(
    taps: list[FastTap], quiets: list[Quiet], path: str
) -> None:
    tap, quiet = taps[0], quiets[0]
    prepare(tap, quiet.scenario)
    tap.strike()
    with proxy_before(tap.simulator.endpoint) as proxy:
        proxy.changes[path] = unknown
        run = tap(endpoint=proxy.endpoint, **quiet.settings())
    assert run.status == 0, run.last_line
    found = difference(rows(run.messages), quiet.rows)
    assert found == (LACKING[path] and f"other rows in ['{LACKING[path]}']")
    assert "610" in run.stderr or "describe" in path


def unknown(document: dict[str, Any], _query: dict[str, str]) -> None:
    document.clear()
    errors = [{"code": "610", "message": "Requested resource not found"}]
    document.update(requestId="1#19ab", success=False, errors=errors, warnings=[])
