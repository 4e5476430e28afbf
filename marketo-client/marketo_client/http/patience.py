"""Waits of minutes and hours, which end at once when nobody wants to wait any more.

Knows nothing of what is waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from marketo_client.clock import Clock

NAP_SECONDS: Final = 1  # how soon a wait ends that nobody wants any more


class Patience:
    """The long waits of one client; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._given_up = False

    @property
    def is_over(self) -> bool:
        """Whether nobody wants to wait any more."""
        return self._given_up

    def give_up(self) -> None:
        """Let everyone out who waits, now or later. Safe in a signal handler."""
        self._given_up = True

    def wait(self, seconds: float) -> bool:
        """Sleep that long; False, and no longer than a nap, once nobody wants to wait."""
        over = self.clock.now() + seconds
        while (left := over - self.clock.now()) > 0 and not self._given_up:
            self.clock.sleep(min(left, NAP_SECONDS))
        return not self._given_up
