"""A source column's value as a Marketo field takes it, or the reason why it cannot be sent.

Its two forms are those of `marketo_sync.Form`, which the reconciler shares; here stand only the
limits that Marketo would answer with a skipped record.
Marketo docs: Field Types; Leads (ASCII addresses).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from marketo_sync import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.codecs import Json, Scalar
    from marketo_sync import Cell

    from target_marketo.planning.shape import Field

    ToCell = Callable[[Json], Cell]

LONGEST_EMAIL: Final = 255  # characters. Marketo docs: Leads
LONGEST_STRING: Final = 255  # characters, where Describe names no length. Marketo docs: Field Types
LONGEST_TEXT: Final = 30_000  # bytes of UTF-8. Marketo docs: Field Types


class MisfitError(ValueError):
    """A value that Marketo would refuse; `code` is ours, the text holds no value."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class FieldPlan:
    """How one column becomes one Marketo field."""

    column: str
    field: Field
    translate: Callable[[object], object] | None = None

    @cached_property
    def cell(self) -> ToCell:
        """Gives both forms of a value. Raises MisfitError."""
        to_cell = Form(self.field.data_type, self.translate).cell
        check = _CHECKS.get(self.field.data_type.lower(), _anything)(self.field)

        def cell(source: Json) -> Cell:
            try:
                found = to_cell(source)
            except ValueError as error:
                raise MisfitError("local.misfit", f"{self.field.name}: {error}") from None
            if check is not None and found.marketo is not None:
                check(found.marketo)
            return found

        return cell


def _anything(_: Field) -> None:
    """Nothing to check."""


def _characters(field: Field) -> Callable[[Scalar], None]:
    longest = field.length or LONGEST_STRING

    def check(value: Scalar) -> None:
        if len(str(value)) > longest:
            raise MisfitError("local.too_long", f"{field.name}: over {longest} characters")

    return check


def _bytes(field: Field) -> Callable[[Scalar], None]:
    def check(value: Scalar) -> None:
        if len(str(value).encode()) > LONGEST_TEXT:
            raise MisfitError("local.too_long", f"{field.name}: over {LONGEST_TEXT} bytes")

    return check


def _address(field: Field) -> Callable[[Scalar], None]:
    longest = min(field.length or LONGEST_EMAIL, LONGEST_EMAIL)

    def check(value: Scalar) -> None:
        name, at, host = str(value).strip().partition("@")
        if not (name and at and host) or "@" in host or not str(value).isascii():
            raise MisfitError("local.bad_email", f"{field.name}: no ASCII address with one @")
        if len(str(value)) > longest:
            raise MisfitError("local.too_long", f"{field.name}: over {longest} characters")

    return check


_CHECKS: Final = {
    "string": _characters,
    "phone": _characters,
    "url": _characters,
    "email": _address,
    "text": _bytes,
    "textarea": _bytes,
}
