"""A sign of life while a run is long: where it is, every half minute.

Knows nothing of streams; a thread of its own, since a wait for Marketo may be long as well.
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("tap-marketo")

SIGN_OF_LIFE_SECONDS: Final = 30


class Progress:
    """Logs where a run is; `numbers` gives what is counted so far, as words."""

    def __init__(self, numbers: Callable[[], str], *, every: float = SIGN_OF_LIFE_SECONDS) -> None:
        self._numbers = numbers
        self._every = every
        self.where = "starting"
        self._over = Event()
        self._thread = Thread(target=self._tell, daemon=True)

    def at(self, where: str) -> None:
        """The run has come to this place."""
        self.where = where

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _tell(self) -> None:
        while not self._over.wait(self._every):
            log.info("%s; %s", self.where, self._numbers())
