"""A sign of life while a run is long, and one summary at its end. Knows nothing of how it works."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from marketo_client import CallBudget, Marketo

    from target_marketo.desk.tally import Tally

log = logging.getLogger("target-marketo")

SIGN_OF_LIFE_SECONDS: Final = 30


class Progress:
    """Logs what `words` says every half minute, from a thread of its own: waits may be long."""

    def __init__(self, words: Callable[[], str], *, every: float = SIGN_OF_LIFE_SECONDS) -> None:
        self._words = words
        self._every = every
        self._over = Event()
        self._thread = Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _tell(self) -> None:
        while not self._over.wait(self._every):
            log.info("%s", self._words())


def log_summary(tally: Tally, marketo: Marketo) -> None:
    """What became of the rows and what it cost, at level INFO."""
    calls = marketo.calls
    lines = [
        *tally.lines(),
        f"{calls.total} calls",
        *_use_of_the_day(marketo.call_budget),
        f"waits: {calls.waits} ({calls.waited_seconds:.0f} s), retries: {calls.retries}",
        *(f"calls of {endpoint}: {count}" for endpoint, count in calls.by_endpoint.items()),
    ]
    log.info("summary: %s", "\n  ".join(lines))


def _use_of_the_day(budget: CallBudget) -> Iterator[str]:
    if budget.used is not None:
        yield f"calls today, of all applications: {budget.used} of {budget.most}"
