"""Files that a command line names and that hold one JSON object. No message repeats a value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from marketo_client.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIG: Final = "--config"


def read_config(paths: Iterable[str | Path]) -> dict[str, Any]:
    """The settings of these files, the later before the earlier. Raises SettingError."""
    config: dict[str, Any] = {}
    for path in paths:
        config |= _read_object(Path(path))
    return config


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SettingError(CONFIG, f"names a file that cannot be read ({error.strerror})") from None
    except ValueError:
        raise SettingError(CONFIG, "names a file that is not JSON") from None
    if not isinstance(document, dict):
        raise SettingError(CONFIG, "names a file that does not hold a JSON object")
    return document
