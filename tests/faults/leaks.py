"""What must never be in a log, an error or a temporary file: secrets, tokens, records' values.

Neither as they are nor as an address (URL) quotes them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.simulator import Simulator

TOKEN = re.compile(r"[0-9a-f-]{36}:sim")  # as all tokens of the simulator are
ADDRESS = re.compile(r"(?<![\w.+-])(?!api\.user@)[\w.+'-]+@example\.com", re.IGNORECASE)
PHONE = re.compile(r"\+49 30 \d{6}")


def leaks(simulator: Simulator, texts: Mapping[str, str], temporary: Path) -> list[str]:
    """Which kinds of them are in these texts, and in the files that a run has left."""
    forbidden = {
        "secret": re.compile(re.escape(simulator.client_secret)),
        "token": TOKEN,
        "address": ADDRESS,
        "phone": PHONE,
    }
    left = [path for path in temporary.rglob("*") if path.is_file()]
    found = {**texts} | {path.name: path.read_text(errors="replace") for path in left}
    return [
        f"{kind} in {place}"
        for place, text in found.items()
        for kind, secret in forbidden.items()
        if secret.search(text) or secret.search(unquote_plus(text))
    ]
