"""The campaigns of one instance: what activity rows name as their cause. Knows no call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Campaign:
    """One smart campaign; it is active, and its trigger is a request through the API."""

    id: int
    name: str
    program_name: str
    made_at: str
