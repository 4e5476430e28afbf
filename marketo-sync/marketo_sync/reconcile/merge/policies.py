"""Who wins where both sides changed a field differently: a function per policy, pure.

The name in the mapping is the key of `POLICIES` and the name of the function.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from marketo_sync.mapping import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class Side(StrEnum):
    """One of the two systems; as the `winner` of a conflict, and as the `side` of a change."""

    MARKETO = "marketo"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Times:
    """When each side changed the field; None where it cannot be known."""

    marketo: datetime | None = None
    database: datetime | None = None


UNKNOWN: Final = Times()


def marketo(_times: Times) -> Side | None:
    """Marketo's value, always."""
    return Side.MARKETO


def database(_times: Times) -> Side | None:
    """The database's value, always."""
    return Side.DATABASE


def newest(times: Times) -> Side | None:
    """The later change, by whole seconds; the database's where the times are equal or unknown."""
    if times.marketo is None or times.database is None:
        return Side.DATABASE
    later = times.marketo.replace(microsecond=0) > times.database.replace(microsecond=0)
    return Side.MARKETO if later else Side.DATABASE


def review(_times: Times) -> Side | None:
    """Nobody, until a person decides."""
    return None


POLICIES: Final[Mapping[Conflict, Callable[[Times], Side | None]]] = MappingProxyType(
    {
        Conflict.MARKETO: marketo,
        Conflict.DATABASE: database,
        Conflict.NEWEST: newest,
        Conflict.REVIEW: review,
    }
)
