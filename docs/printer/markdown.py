"""Pieces of Markdown. Knows nothing of what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: object) -> str:
    """As code; nothing for an empty text."""
    return f"`{text}`" if f"{text}" else ""


def codes(texts: Iterable[object]) -> str:
    """Several pieces of code in a row."""
    return ", ".join(map(code, texts))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; line breaks inside a cell become blanks."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def block(text: str, language: str = "") -> str:
    """Text as it is."""
    return f"```{language}\n{text.rstrip()}\n```"


def first_line(of: object) -> str:
    """The first line of a docstring."""
    return (of.__doc__ or "").partition("\n")[0].strip()


def sections(*parts: str) -> str:
    """Pieces below each other."""
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())
