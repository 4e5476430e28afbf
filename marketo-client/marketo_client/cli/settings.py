"""Where the command's settings come from: the tap's config file, variables, `.env`.

No secret is an option: the list of processes shows options to everybody on the machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dotenv import dotenv_values

from marketo_client.config_files import read_config
from marketo_client.errors import SettingError
from marketo_client.settings import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PREFIXES: Final = ("MARKETO_", "TAP_MARKETO_", "TARGET_MARKETO_")
REQUIRED: Final = ("endpoint", "client_id", "client_secret")
TEXTS: Final = (*REQUIRED, "identity_url")
NUMBERS: Final[Mapping[str, Callable[[str], float]]] = {
    "max_calls_per_20s": int,
    "max_concurrent_calls": int,
    "max_daily_calls": int,
    "max_daily_export_mb": int,
    "request_timeout_seconds": float,
}
MOST_DAILY_CALLS: Final = 40_000  # the tap's default
MOST_DAILY_EXPORT_MB: Final = 450  # the tap's default


@dataclass(frozen=True, slots=True)
class Settings:
    """What to ask, and the budgets that the day is measured by; they do not bind the command."""

    connection: Connection
    max_daily_calls: int = MOST_DAILY_CALLS
    max_daily_export_mb: int = MOST_DAILY_EXPORT_MB


def read_settings(config: Path | None, *, endpoint: str | None) -> Settings:
    """Those of the option, then the file, then the variables. Raises SettingError."""
    given = {**_of_variables(), **(_of_file(config) if config else {})}
    if endpoint:
        given["endpoint"] = endpoint
    for name in REQUIRED:
        if not given.get(name):
            variables = " or ".join(prefix + name.upper() for prefix in PREFIXES)
            raise SettingError(name, f"is missing; set {variables}, or name a file by --config")
    budgets = {name: given.pop(name) for name in list(given) if name.startswith("max_daily_")}
    return Settings(Connection(**given), **budgets)


def _of_variables() -> dict[str, Any]:
    """Those of the first prefix that says where Marketo is or who asks: sources never mix.

    A `.env` of the working folder counts where no variable is set.
    """
    variables = {**dotenv_values(".env"), **os.environ}
    for prefix in PREFIXES:
        named = {name: variables.get(prefix + name.upper()) for name in (*TEXTS, *NUMBERS)}
        if any(named[name] for name in REQUIRED):
            return _accepted(named)
    return {}


def _of_file(path: Path) -> dict[str, Any]:
    """Those of a config file of the tap or target; what is not for the command is passed over."""
    document = read_config([path])
    return _accepted({name: document.get(name) for name in (*TEXTS, *NUMBERS)})


def _accepted(found: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in found.items() if value is not None and value != ""}
    return {name: _read(name, value) for name, value in given.items()}


def _read(name: str, value: object) -> object:
    cast = NUMBERS.get(name)
    if cast is None:
        if isinstance(value, str):
            return value
        raise SettingError(name, "must be a text")
    try:
        return cast(str(value))
    except ValueError:
        raise SettingError(name, "must be a number") from None
