"""For each number N on its input, a fork settles one batch and dies before its N-th statement.

die.py URL; prints how the fork ended: -9, or 0 where N is past the last statement.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from marketo_sync import FieldBase, Ledger, Outcome, Result
from sqlalchemy import event
from sqlalchemy.engine import Engine

LINKED = Outcome(
    "contacts", "1", Result.CREATED, "s", "new", "1001", base={"email": FieldBase("new", "new")}
)
MENDED = Outcome("contacts", "2", Result.CREATED, "s", "new", "1002")
REFUSED = Outcome("contacts", "3", Result.REFUSED, "s", "new", code="1006", payload={"id": 3})


def settle_and_die(url: str, last: int) -> None:
    """As the power would."""
    statements = count()

    def strike(*_: object) -> None:
        if next(statements) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with Ledger.open(url, command="target-marketo", host="localhost") as ledger:
        for place in ("before_cursor_execute", "commit"):
            event.listen(Engine, place, strike)
        ledger.settle([LINKED, MENDED, REFUSED])
        for place in ("before_cursor_execute", "commit"):
            event.remove(Engine, place, strike)


for line in sys.stdin:
    child = os.fork()
    if not child:
        settle_and_die(sys.argv[1], int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
