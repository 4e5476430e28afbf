"""Watches for rows of a file of which nobody knows whether Marketo has it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client import GivenUpError

from target_marketo.sending.delivery import LOOK_AGAIN_SECONDS, NAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_marketo.desk.calls import Calls
    from target_marketo.imports.look_back import LookBack
    from target_marketo.rows.row import Send

LONGEST_PAUSE_SECONDS: Final = 30


@dataclass(slots=True)
class Arrivals:
    """How many of a sample of rows are `there`, and since how many looks none has come."""

    back: LookBack
    sample: Sequence[Send]
    calls: Calls
    there: int = 0
    quiet: int = 0
    _pause: float = LOOK_AGAIN_SECONDS

    def watch(self, is_enough: Callable[[], bool]) -> None:
        """Look, at growing intervals, until all are there or it is enough.

        Raises GivenUpError when the run is asked to stop.
        """
        while not self._look() and not is_enough():
            self._rest()

    def _look(self) -> bool:
        there = sum(1 for one in self.back.at(self.sample) if one and one.agrees)
        self.quiet = 0 if there > self.there else self.quiet + 1
        self.there = there
        return there == len(self.sample)

    def _rest(self) -> None:
        over = time.monotonic() + self._pause
        while time.monotonic() < over:
            if self.calls.hurried:
                raise GivenUpError("an import without an answer was not looked into to the end")
            time.sleep(NAP_SECONDS)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
