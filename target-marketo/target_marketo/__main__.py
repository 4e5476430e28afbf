"""The command `target-marketo`, also as `python -m target_marketo`."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final, NoReturn

from target_marketo.errors import SIGNALLED

if TYPE_CHECKING:
    from types import FrameType

STDERR: Final = 2


def main() -> None:
    """Run the target. Its imports take a while, in which a signal may come already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    from target_marketo.target import TargetMarketo  # noqa: PLC0415 - see above

    TargetMarketo.cli()


def _end(signum: int, _frame: FrameType | None) -> NoReturn:
    """Nothing is taken yet, so there is nothing to finish; the target sets its own handlers."""
    name = signal.Signals(signum).name
    try:
        os.write(STDERR, f"stopped by {name} before a row was taken; run again\n".encode())
    finally:
        os._exit(SIGNALLED + signum)


if __name__ == "__main__":
    main()
