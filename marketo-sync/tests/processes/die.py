"""Settles one batch and dies before its n-th statement: die.py URL N; exits 0 if N is past it."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from marketo_sync import FieldBase, Ledger, Outcome, Result
from sqlalchemy import event
from sqlalchemy.engine import Engine

url, last = sys.argv[1], int(sys.argv[2])
linked = Outcome(
    "contacts", "1", Result.CREATED, "s", "new", "1001", base={"email": FieldBase("new", "new")}
)
mended = Outcome("contacts", "2", Result.CREATED, "s", "new", "1002")
refused = Outcome("contacts", "3", Result.REFUSED, "s", "new", code="1006", payload={"id": 3})
statements = count()


def die_at_the_last(*_: object) -> None:
    """As the power would."""
    if next(statements) == last:
        os.kill(os.getpid(), signal.SIGKILL)


with Ledger.open(url, command="target-marketo", host="localhost") as ledger:
    event.listen(Engine, "before_cursor_execute", die_at_the_last)
    event.listen(Engine, "commit", die_at_the_last)
    ledger.settle([linked, mended, refused])
    event.remove(Engine, "before_cursor_execute", die_at_the_last)
    event.remove(Engine, "commit", die_at_the_last)
