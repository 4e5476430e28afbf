"""What must never be in a log, an error or a temporary file: secrets, tokens, records' values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from pathlib import Path

    from demo.simulator import Simulator

ADDRESS = re.compile(r"[\w.+'-]+@example\.com", re.IGNORECASE)
API_USER = "api.user@example.com"
PHONE = re.compile(r"\+49 30 \d{6}")


def leaks(simulator: Simulator, log: str, temporary: Path) -> list[str]:
    """Which kinds of them are in the log, and in files that a run has left."""
    left = [path for path in temporary.rglob("*") if path.is_file()]
    found = {"log": log} | {path.name: path.read_text(errors="replace") for path in left}
    forbidden = {"secret": simulator.client_secret, "token": token(simulator)}
    told = [
        f"{kind} in {place}"
        for place, text in found.items()
        for kind, secret in forbidden.items()
        if secret in text
    ]
    told += [f"address in {place}" for place, text in found.items() if addresses(text)]
    return told + [f"phone in {place}" for place, text in found.items() if PHONE.search(text)]


def addresses(text: str) -> set[str]:
    """The addresses of leads."""
    return set(ADDRESS.findall(text)) - {API_USER}


def token(simulator: Simulator) -> str:
    """The access token that is good now."""
    credentials = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    query = {"grant_type": "client_credentials", **credentials}
    url = f"{simulator.endpoint}/identity/oauth/token"
    text: str = requests.get(url, params=query, timeout=60).json()["access_token"]
    return text
