"""STATE goes out as soon as every row before it is settled, in order, and never earlier.

Knows only the places of rows in the input, not what they hold or where they go.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

State = dict[str, Any]


@dataclass(slots=True)
class StateKeeper:
    """Hands out the places of rows, remembers STATE messages, prints the covered ones.

    Without an output (a dry run) nothing is printed.
    """

    output: TextIO | None
    _last_place: int = 0
    _unsettled: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _waiting: deque[tuple[int, State]] = field(default_factory=deque)
    _printed: State | None = None

    def take(self) -> int:
        """The place of one more row, unsettled from now on."""
        self._last_place += 1
        self._unsettled[self._last_place] = None
        return self._last_place

    def settle(self, places: Iterable[int]) -> None:
        """Those rows are in the ledger (or need nothing); prints the STATE that this covers."""
        for place in places:
            self._unsettled.pop(place, None)
        self._release()

    def remember(self, state: State) -> None:
        """A STATE message, to be printed when all rows before it are settled."""
        if self._waiting and self._waiting[-1][0] == self._last_place:
            self._waiting.pop()
        self._waiting.append((self._last_place, state))
        self._release()

    @property
    def rows_taken(self) -> int:
        """How many rows have come so far."""
        return self._last_place

    def _release(self) -> None:
        oldest = next(iter(self._unsettled), self._last_place + 1)
        covered: State | None = None
        while self._waiting and self._waiting[0][0] < oldest:
            covered = self._waiting.popleft()[1]
        if covered and covered != self._printed:
            self._printed = covered
            if self.output is not None:
                self.output.write(orjson.dumps(covered).decode() + "\n")
                self.output.flush()
