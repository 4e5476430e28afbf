"""Dates and times that Python has no value for: before Christ, after 9999, 24:00.

psycopg2 would end the run at such a value, without saying where it is. Here it stays the text that
Postgres writes, which fits no date field of Marketo's: the target refuses its row, and says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from psycopg2.extensions import (
    PYDATE,
    PYDATETIME,
    PYDATETIMETZ,
    PYTIME,
    new_array_type,
    new_type,
    register_type,
)
from psycopg2.extensions import PYDATEARRAY as DATES
from psycopg2.extensions import PYDATETIMEARRAY as MOMENTS
from psycopg2.extensions import PYDATETIMETZARRAY as INSTANTS
from psycopg2.extensions import PYTIMEARRAY as TIMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg2 import extensions
    from sqlalchemy import Connection

    Reader = Callable[[Any, Any], Any]

READERS: Final = ((PYDATE, DATES), (PYDATETIME, MOMENTS), (PYDATETIMETZ, INSTANTS), (PYTIME, TIMES))


def keep_as_text(connection: Connection) -> None:
    """From now on this connection gives such a value as its text."""
    session = cast("extensions.connection", connection.connection.dbapi_connection)
    for of_one, of_many in READERS:
        one = new_type(of_one.values, of_one.name, _or_text(of_one))
        register_type(one, session)
        register_type(new_array_type(of_many.values, of_many.name, one), session)


def _or_text(read: Reader) -> Reader:
    def reader(value: Any, cursor: Any) -> Any:  # noqa: ANN401 - psycopg2's own types
        try:
            return read(value, cursor)
        except ValueError:
            return value

    return reader
