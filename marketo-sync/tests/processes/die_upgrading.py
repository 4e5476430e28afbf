"""Opens a ledger and dies before the n-th statement that makes tables: die_upgrading.py URL N."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from marketo_sync import Ledger
from sqlalchemy import event
from sqlalchemy.engine import Engine

url, last = sys.argv[1], int(sys.argv[2])
made = count()


def die_at_the_last(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    """As the power would."""
    if statement.lstrip().lower().startswith(("create", "alter")) and next(made) == last:
        os.kill(os.getpid(), signal.SIGKILL)


event.listen(Engine, "before_cursor_execute", die_at_the_last)
with Ledger.open(url, command="target-marketo", host="localhost"):
    pass
