"""What the doctor examines, what a check found, and what it learnt for the checks behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketo_client.cli.settings import Settings
    from marketo_client.client import Marketo


class Verdict(StrEnum):
    """Whether a run can do its work: well, with something missing, or not at all."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact, what to do about it, and the streams that suffer else."""

    status: Verdict
    found: str
    todo: str = ""
    streams: tuple[str, ...] = ()


def good(found: str) -> Finding:
    """Nothing to do."""
    return Finding(Verdict.OK, found)


def missing(found: str, todo: str = "") -> Finding:
    """A run can do without."""
    return Finding(Verdict.WARN, found, todo)


def used_up(found: str, todo: str, *, used: float, most: float) -> Finding:
    """How much of a day's allowance is used: a warning from four fifths on."""
    if used >= most:
        return Finding(Verdict.FAIL, found, todo)
    return missing(found, todo) if used * 5 >= most * 4 else good(found)


@dataclass(slots=True)
class Facts:
    """What is known of the instance so far; None where nobody could find out."""

    activity_types: int | None = None
    lead_fields: int | None = None
    updated_at_exports: bool | None = None
    others_busiest_day: int | None = None
    custom_objects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examination:
    """One instance as one API user."""

    marketo: Marketo
    settings: Settings
    facts: Facts = field(default_factory=Facts)
