"""Which Marketo record a row is: what a look-up can come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Nobody:
    """No record is this row's yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """This record is the row's."""

    marketo_id: str


@dataclass(frozen=True, slots=True)
class Several:
    """Several records carry the row's key: Marketo's own refusal shall say so."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """It cannot be said which record is meant; `code` is ours."""

    code: str
    reason: str


Identity = Nobody | Found | Several | Unclear
NOBODY: Final = Nobody()
