"""The statements on files of a bulk import and their rows; as `queries.py`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, literal, select, update

from marketo_sync.ledger.documents import insert_rows, listed
from marketo_sync.ledger.queries import INSERTS, INSTANCE, KEY, OBJECT
from marketo_sync.ledger.records import ImportStage
from marketo_sync.ledger.tables import import_rows, imports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Delete, Insert, Select, Update

ROW_COLUMNS: Final = ("record_key", "sent")


def any_row(instance: str) -> Select[Any]:
    """One row where the instance has an import that is not settled."""
    return select(literal(1)).where(import_rows.c.instance == instance).limit(1)


def open_imports(instance: str, object_name: str) -> Select[Any]:
    """The imports that have rows still, in the order in which they were made."""
    return (
        select(imports, func.count().label("unsettled"))
        .join(import_rows, import_rows.c.import_id == imports.c.id)
        .where(imports.c.instance == instance, imports.c.object == object_name)
        .group_by(imports.c.id)
        .order_by(imports.c.id)
    )


def begin(instance: str, object_name: str, sent_at: datetime) -> Insert:
    """A new import; gives its number."""
    return (
        imports.insert()
        .values(
            instance=instance,
            object=object_name,
            rows=0,
            stage=ImportStage.WRITING,
            sent_at=sent_at,
        )
        .returning(imports.c.id)
    )


@cache
def write_rows(dialect: str) -> Insert:
    """Keep rows; one whose key is in another import belongs to this one from now on."""
    same = ("instance", "object", "import_id")
    insert = insert_rows(dialect, INSERTS[dialect](import_rows), ROW_COLUMNS, same=same)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=KEY, set_={"import_id": new.import_id, "sent": new.sent}
    )


def move(number: int, **values: object) -> Update:
    """The import with other values."""
    return update(imports).where(imports.c.id == number).values(values)


def rows_of(number: int, *, after: str, limit: int) -> Select[Any]:
    """The next rows of an import in the order of their keys."""
    return (
        select(import_rows.c.record_key, import_rows.c.sent)
        .where(import_rows.c.import_id == number, import_rows.c.record_key > after)
        .order_by(import_rows.c.record_key)
        .limit(limit)
    )


@cache
def leave(dialect: str) -> Delete:
    """Those keys are settled."""
    return delete(import_rows).where(
        import_rows.c.instance == INSTANCE,
        import_rows.c.object == OBJECT,
        import_rows.c.record_key.in_(listed(dialect)),
    )


def drop_rows(number: int) -> Delete:
    """The rows of an import that counts no more."""
    return delete(import_rows).where(import_rows.c.import_id == number)


def drop(number: int) -> Delete:
    """The import itself."""
    return delete(imports).where(imports.c.id == number)
