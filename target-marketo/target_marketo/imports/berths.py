"""How many files are on their way at once, over all entries. Marketo docs: Bulk Import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FILES_AT_ONCE: Final = 2  # as many as Marketo works on; more would fill the queue of others


@dataclass(slots=True)
class Berths:
    """Places for files; who waits for one is told when one is free."""

    free: int = FILES_AT_ONCE
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def enter(self) -> None:
        """One more file is on its way."""
        self.free -= 1

    def leave(self) -> None:
        """A file has come to its end."""
        self.free += 1
        for launch in self.waiting:
            launch()
