"""STATE goes out as soon as every row before it is settled, in order, and never earlier.

Knows only the places of rows in the input, not what they hold or where they go.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, TextIO

import orjson

from target_marketo.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

State = dict[str, Any]

MOST_WAITING: Final = 1000  # STATE messages; above that every second one is skipped


@dataclass(slots=True)
class StateKeeper:
    """Hands out the places of rows, remembers STATE messages, prints the covered ones.

    Without an output (a dry run) nothing is printed. `oldest_parked` are asked for the first place
    of the rows that wait on disk, which are not kept here.
    """

    output: TextIO | None
    oldest_parked: list[Callable[[], int | None]] = field(default_factory=list)
    _last_place: int = 0
    _unsettled: set[int] = field(default_factory=set)
    _in_order: list[int] = field(default_factory=list)
    _waiting: deque[tuple[int, State]] = field(default_factory=deque)
    _printed: State | None = None

    def take(self) -> int:
        """The place of one more row, unsettled from now on."""
        self._last_place += 1
        self._unsettled.add(self._last_place)
        heappush(self._in_order, self._last_place)
        return self._last_place

    def settle(self, places: Iterable[int]) -> None:
        """Those rows are in the ledger (or need nothing); prints the STATE that this covers."""
        self._unsettled.difference_update(places)
        self._forget_settled()
        self._release()

    def park(self, places: Iterable[int]) -> None:
        """Those rows are on disk, unsettled; `oldest_parked` answer for them."""
        self._unsettled.difference_update(places)

    def unpark(self, places: Iterable[int]) -> None:
        """Those rows have come back from disk."""
        for place in places:
            self._unsettled.add(place)
            heappush(self._in_order, place)

    def remember(self, state: State) -> None:
        """A STATE message, to be printed when all rows before it are settled."""
        if self._waiting and self._waiting[-1][0] == self._last_place:
            self._waiting.pop()
        self._waiting.append((self._last_place, state))
        self._release()
        if len(self._waiting) > MOST_WAITING:
            self._waiting = deque([*self._waiting][::-2][::-1])  # the last one stays

    @property
    def rows_taken(self) -> int:
        """How many rows have come so far."""
        return self._last_place

    def _release(self) -> None:
        if not self._waiting:
            return
        oldest = self._oldest()
        covered: State | None = None
        while self._waiting and self._waiting[0][0] < oldest:
            covered = self._waiting.popleft()[1]
        if covered and covered != self._printed:
            self._printed = covered
            self._print(covered)

    def _print(self, state: State) -> None:
        """Raises OutputError; what comes after it goes nowhere."""
        if self.output is None:
            return
        try:
            self.output.write(orjson.dumps(state).decode() + "\n")
            self.output.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.output.fileno())
            raise OutputError(error) from None

    def _oldest(self) -> int:
        """The first place that is not settled, here or on disk."""
        self._forget_settled()
        here = self._in_order[0] if self._in_order else self._last_place + 1
        parked = (place for oldest in self.oldest_parked if (place := oldest()) is not None)
        return min((here, *parked))

    def _forget_settled(self) -> None:
        """Also while no STATE waits: a tap may send none before its end."""
        while self._in_order and self._in_order[0] not in self._unsettled:
            heappop(self._in_order)
