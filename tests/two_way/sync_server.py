"""marketo-sync for `forks`; with `--die-at=N` before its arguments it dies at that statement."""

from __future__ import annotations

import os
import signal
from itertools import count

from marketo_sync.cli import main
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.faults.forks import serve

DIE_AT = "--die-at="


def run(arguments: list[str]) -> None:
    if arguments[0].startswith(DIE_AT):
        _die_at(int(arguments.pop(0).removeprefix(DIE_AT)))
    main(arguments, prog_name="marketo-sync")


def _die_at(last: int) -> None:
    """As the power would: before a statement, or before a commit."""
    statements = count(1)

    def strike(*_: object) -> None:
        if next(statements) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    for place in ("before_cursor_execute", "commit"):
        event.listen(Engine, place, strike)


if __name__ == "__main__":
    serve(run)
