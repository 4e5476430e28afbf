"""What leads have said of their companies in one run, field by field: who said what, and when.

Kept on disk. Knows no Marketo and no ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from marketo_client.codecs import Scalar

    from target_marketo.rows.row import Source

TABLE: Final = """
    create table company_values (
        company text, field text, value text, said_at text, place integer, entry text, stream text,
        record_key text, shown text, digest text, source blob, stand text, code text, reason text,
        request_id text, primary key (company, field)
    ) without rowid
"""
SAY: Final = """
    insert into company_values (company, field, value, said_at, place, entry, stream, record_key,
    shown, digest, source, stand) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (company, field) do update set value = excluded.value, said_at = excluded.said_at,
    place = excluded.place, entry = excluded.entry, stream = excluded.stream,
    record_key = excluded.record_key,
    shown = excluded.shown, digest = excluded.digest, source = excluded.source,
    stand = excluded.stand, code = null, reason = null, request_id = null
"""
SAID: Final = """
    select value, said_at, place, entry, stream, record_key, shown, digest, source, stand, code,
    reason, request_id from company_values where company = ? and field = ?
"""
SHOW: Final = "update company_values set stand = ? where company = ?"
ITSELF: Final = ""  # the field that stands for the company being there at all
DECIDE: Final = """
    update company_values set stand = ?, code = ?, reason = ?, request_id = ?
    where company = ? and field = ? and value = ?
"""


class Stand(StrEnum):
    """What has become of a value."""

    ON_ITS_WAY = "on its way"
    WRITTEN = "written"
    REFUSED = "refused"


class When(NamedTuple):
    """The order of what is said: by the row's `changed_at`, then by its place in the input."""

    said_at: str
    place: int


@dataclass(frozen=True, slots=True)
class Said:
    """One value of one company, and the row that it comes from; `shown` is the row's own form."""

    value: Scalar | None
    when: When
    entry: str
    stream: str
    record_key: str
    shown: Scalar | None
    digest: str
    source: Source
    stand: Stand
    code: str | None = None
    reason: str | None = None
    request_id: str | None = None


class Refusal(NamedTuple):
    """Why Marketo did not take values."""

    code: str
    reason: str
    request_id: str | None


class CompanyValues:
    """The last word on every field that leads have spoken of."""

    def __init__(self, scratch: Connection) -> None:
        self._scratch = scratch
        self._scratch.execute(TABLE)

    def said(self, company: str, field: str) -> Said | None:
        """What is the last word on a field."""
        found = self._scratch.execute(SAID, (company, field)).fetchone()
        return _said(*found) if found else None

    def say(self, company: str, field: str, said: Said) -> None:
        """This is the last word from now on."""
        origin = (said.entry, said.stream, said.record_key, _json(said.shown))
        row = (said.digest, _json(said.source))
        values = (company, field, _json(said.value), *said.when, *origin, *row, said.stand)
        self._scratch.execute(SAY, values)

    def decide(
        self,
        company: str,
        values: Iterable[tuple[str, Scalar | None]],
        stand: Stand,
        refusal: Refusal | None = None,
    ) -> None:
        """What became of values that are the last word still."""
        why = refusal or (None, None, None)
        self._scratch.executemany(
            DECIDE, [(stand, *why, company, field, _json(value)) for field, value in values]
        )

    def show(self, company: str) -> None:
        """A dry run has shown all that was said of the company."""
        self._scratch.execute(SHOW, (Stand.WRITTEN, company))


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _said(value: str, said_at: str, place: int, *origin: Any) -> Said:  # noqa: ANN401 - columns
    entry, stream, record_key, shown, digest, source, stand, *refusal = origin
    return Said(
        orjson.loads(value),
        When(said_at, place),
        entry,
        stream,
        record_key,
        orjson.loads(shown),
        digest,
        orjson.loads(source),
        Stand(stand),
        *refusal,
    )
