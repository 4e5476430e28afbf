"""Marketo's texts without what records hold, so that they can stand in logs and errors.

Kept are names of fields, methods and the like, and short numbers; what else is in quotes, e-mail
addresses and long numbers (phones, keys) are withheld. Knows no code and no endpoint.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_TEXT: Final = 200  # characters of Marketo's own text in a message
WITHHELD: Final = "(withheld)"
_NAMES_FOLLOW: Final = frozenset(
    {"attribute", "column", "field", "filter", "filtertype", "header", "method", "object"}
    | {"parameter", "status", "type"}
)
_QUOTED: Final = re.compile(
    r"""(?P<word>\w*)(?P<between>\W*?)(?<!\w)(?P<quote>['"])(?P<inside>.*?)(?:(?P=quote)(?!\w)|$)""",
    re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_][\w.]{0,254}|\d{1,6}", re.ASCII)
_AFTER_VALUE: Final = re.compile(r"(?i)\bvalues?\b\s*[:=]\s*(?!\(withheld\))\S.*", re.DOTALL)
_ADDRESS: Final = re.compile(r"[^\s<>(),;:'\"]+@[^\s<>(),;:'\"]+")
_LONG_NUMBER: Final = re.compile(r"\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}")


def without_values(text: str) -> str:
    """The text without values of records, cut to `LONGEST_TEXT` characters."""
    kept = _QUOTED.sub(_name_or_nothing, text)
    for value in (_ADDRESS, _AFTER_VALUE, _LONG_NUMBER):
        kept = value.sub(WITHHELD, kept)
    return kept[:LONGEST_TEXT]


def _name_or_nothing(found: re.Match[str]) -> str:
    word, between, quote, inside = found.group("word", "between", "quote", "inside")
    names_something = word.lower() in _NAMES_FOLLOW or inside.isdecimal()
    if names_something and _NAME.fullmatch(inside):
        return f"{word}{between}{quote}{inside}{quote}"
    return f"{word}{between}{WITHHELD}"
