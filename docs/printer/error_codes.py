"""Marketo's error codes and our own, from the tables that the programs act on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client import ERRORS
from marketo_client.errors import MarketoError, WaitError
from target_marketo.rows.local_codes import LOCAL_CODES

from docs.printer.markdown import code, first_line, sections, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from marketo_client.errors import ErrorRule

    Family = type[MarketoError]

PLACES: Final = {"response": "the call", "record": "a record", "either": "either"}
FAMILY_HEADER: Final = ("family", "what happens", "tries", "if it stays")


def page() -> str:
    """The page on error codes."""
    rules = list(_rules())
    coded = {rule.family for _, rule in rules}
    others = set(_families(MarketoError)) - coded
    return sections(
        "# Error codes",
        "Every error names the call, Marketo's request id and what to do; none holds a value"
        " of a record. A code that is not listed stops the run, or refuses the record that it"
        " is about.",
        "## Codes of Marketo",
        "In a write, a code of a record puts that row into `rejects` and concerns no other.",
        table(
            ("code", "meaning", "concerns", "costs a call", "family"),
            [_rule(name, rule) for name, rule in rules],
        ),
        "## What happens then",
        table(FAMILY_HEADER, map(_family, _sorted(coded))),
        "## Errors without a code",
        table(FAMILY_HEADER, map(_family, _sorted(others))),
        "## Codes of target-marketo",
        "A value that Marketo would refuse is refused before it is sent; the row is in"
        " `rejects`, without a request id.",
        table(
            ("code", "meaning", "what to do"),
            [(code(name), each.meaning, each.remedy) for name, each in LOCAL_CODES.items()],
        ),
    )


def _rules() -> Iterator[tuple[str, ErrorRule]]:
    """All meanings; those that share a code are told apart by a piece of Marketo's text."""
    for name, rule in ERRORS.items():
        yield code(name), rule
        for piece, variant in (rule.variants or {}).items():
            yield f'{code(name)} with "{piece}"', variant


def _families(root: Family) -> Iterator[Family]:
    yield root
    for family in root.__subclasses__():
        yield from _families(family)


def _sorted(families: Iterable[Family]) -> list[Family]:
    return sorted(families, key=lambda family: family.__name__)


def _rule(name: str, rule: ErrorRule) -> tuple[str, ...]:
    costs = "yes" if rule.counted else "no"
    meaning = f"{rule.meaning}: {rule.remedy}" if rule.remedy else rule.meaning
    return name, meaning, PLACES[rule.level], costs, rule.family.__name__


def _family(family: Family) -> tuple[str, ...]:
    tries = ""
    if issubclass(family, WaitError):
        waits = dict.fromkeys((family.wait, family.longest_wait))
        seconds = " to ".join(f"{wait.total_seconds():g}" for wait in waits)
        tries = f"{family.tries}, {seconds} s apart"
    own = family is MarketoError or family.remedy != MarketoError.remedy
    return family.__name__, _happens(family), tries, family.remedy if own else ""


def _happens(family: Family) -> str:
    """What the docstring says, without the codes that it may begin with."""
    head, colon, rest = first_line(family).partition(": ")
    words = rest if colon and head[:1].isdigit() else f"{head}{colon}{rest}"
    return words[:1].upper() + words[1:]
