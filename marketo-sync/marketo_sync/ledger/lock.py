"""One writer per instance: the lock of a whole run. It ends with the process, however that ends.

Postgres holds it with the connection that also writes, so whoever lost the lock can write no more.
SQLite holds it with a file beside the ledger.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import func, select

from marketo_sync.ledger.database import PRIVATE, sqlite_file, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

KEY_BYTES: Final = 8  # an advisory lock is a bigint
PATIENCE_SECONDS: Final = 2  # until the server has noticed that a killed run is gone
PAUSE_SECONDS: Final = 0.1


class TakenError(Exception):
    """Another process holds the lock."""


@contextmanager
def instance_lock(connection: Connection, instance: str) -> Iterator[None]:
    """Hold the lock of that instance; TakenError where another process keeps it."""
    hold = _file_lock if connection.dialect.name == "sqlite" else _advisory_lock
    with hold(connection, instance):
        yield


@contextmanager
def _file_lock(connection: Connection, instance: str) -> Iterator[None]:
    file = sqlite_file(connection.engine.url)
    lock = FileLock(f"{file}.{quote(instance, safe='')}.lock", timeout=0, mode=PRIVATE)
    try:
        lock.acquire()
    except Timeout:
        raise TakenError from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(connection: Connection, instance: str) -> Iterator[None]:
    digest = hashlib.blake2b(f"marketo_sync {instance}".encode(), digest_size=KEY_BYTES).digest()
    key = int.from_bytes(digest, signed=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _taken(connection, key):
        if time.monotonic() > deadline:
            raise TakenError
        time.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            with connection.begin():
                connection.execute(select(func.pg_advisory_unlock(key)))


def _taken(connection: Connection, key: int) -> bool:
    with transaction(connection):
        return bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
