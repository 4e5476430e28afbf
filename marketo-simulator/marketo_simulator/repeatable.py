"""Random numbers that come again: for one seed and purpose always the same ones."""

from __future__ import annotations

from random import Random
from uuid import UUID


def numbers(seed: int, purpose: str) -> Random:
    """A stream of its own for each purpose, so that one does not disturb another."""
    return Random(f"{purpose} {seed}")  # noqa: S311 (made-up data, on loopback)


def uuid(random: Random) -> str:
    """The next UUID of the stream."""
    return str(UUID(int=random.getrandbits(128), version=4))
