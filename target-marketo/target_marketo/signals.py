"""A signal lets the message in hand finish; a second one ends the process at once.

The stock class drains again inside a running drain and prints a STATE that covers rows which
were never sent; here the handler only takes note while a message is in hand.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client import GivenUpError, QueueFullError, StopForTodayError

from target_marketo.errors import SIGNALLED, StoppedBySignal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


CUT_SHORT: Final = (StopForTodayError, GivenUpError, QueueFullError)  # waits, by a signal


@dataclass(slots=True)
class MessageInHand:
    """Context of one message: raises StoppedBySignal behind it, never inside.

    A long wait that the signal cut short ends the message too.
    """

    _busy: bool = False
    _signum: int | None = None
    _hurry: Callable[[], None] | None = None

    def __enter__(self) -> None:
        self._busy = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._busy = False
        if self._signum is not None and (error is None or isinstance(error, CUT_SHORT)):
            raise StoppedBySignal(self._signum) from None

    @property
    def asked_to_stop(self) -> bool:
        """Whether a signal has come."""
        return self._signum is not None

    def notice(self, signum: int) -> None:
        """What the signal handler does."""
        if self._signum is not None:
            os._exit(SIGNALLED + signum)
        self._signum = signum
        if self._hurry is not None:
            self._hurry()
        if not self._busy:
            raise StoppedBySignal(signum)

    def cut_waits_by(self, hurry: Callable[[], None]) -> None:
        """What a signal calls from now on; it is called at once where one has come."""
        self._hurry = hurry
        if self.asked_to_stop:
            hurry()
