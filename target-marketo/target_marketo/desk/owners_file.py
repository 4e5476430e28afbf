"""A file of the user's that holds records, as JSON lines: readable by its owner only."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from target_marketo.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class OwnersFile:
    """Appends to `path`, which a setting names; without a path it does nothing."""

    setting: str
    path: str | None

    def append(self, lines: Iterable[bytes]) -> None:
        """Add the lines; none of them still makes the file. Raises FileError."""
        if not self.path:
            return
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY)
            with os.fdopen(descriptor, "ab") as file:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):  # no terminal, and no /dev/null
                    os.fchmod(descriptor, OWNER_ONLY)
                file.writelines(lines)
        except OSError as error:
            raise FileError(self.setting, error) from None
