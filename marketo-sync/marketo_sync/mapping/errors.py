"""What is wrong with a mapping: all of it at once, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketo_sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, order=True)
class MappingError:
    """One thing that is wrong; `line` counts from 1 and is 0 for inline streams."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class MappingErrors(SyncError):  # noqa: N818 - it is all errors of one mapping
    """The mapping cannot be used; `errors` holds everything that is wrong, in order of lines."""

    def __init__(self, source: str, errors: Sequence[MappingError]) -> None:
        self.source = source
        self.errors = tuple(sorted(errors))
        super().__init__("\n".join([f"{source} is wrong:", *(f"  {e}" for e in self.errors)]))
