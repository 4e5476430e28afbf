"""Ratios: how they are printed, and kept as JSON with the commit and the machine.

Knows nothing of how they were measured.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = Path(__file__).parent / "results"
_CPU_INFO: Final = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` over `base`, both measured in one run; promised to be at most, or at least, so much.

    `base_is` says what `ours` is compared with.
    """

    what: str
    ours: float
    base: float
    unit: str
    base_is: str = "floor"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def value(self) -> float:
        """How many times the base."""
        return self.ours / self.base

    @property
    def promise(self) -> str:
        """What is promised, in words; empty where nothing is."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} x"
        return "" if self.at_least is None else f"at least {self.at_least:g} x"

    @property
    def kept(self) -> bool:
        """Whether it is as promised."""
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below

    def __str__(self) -> str:
        verdict = f"  {self.promise}{'' if self.kept else ': NOT KEPT'}" if self.promise else ""
        return (
            f"{self.what:<52} {self.ours:>12,.1f} {self.unit:<12} {self.base_is:<12}"
            f" {self.base:>12,.1f}  {self.value:>6.2f} x{verdict}"
        )


def keep(claim: str, ratios: Sequence[Ratio]) -> Path:
    """Write the ratios of one claim to `results/`, where they were measured beside them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{claim}.json"
    result = {
        "claim": claim,
        "commit": _commit(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "ratios": [_row(ratio) for ratio in ratios],
    }
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path


def _row(ratio: Ratio) -> dict[str, Any]:
    return {
        "what": ratio.what,
        "ours": round(ratio.ours, 2),
        "base": round(ratio.base, 2),
        "unit": ratio.unit,
        "base_is": ratio.base_is,
        "ratio": round(ratio.value, 3),
        "promise": ratio.promise,
        "kept": ratio.kept,
    }


def _commit() -> str:
    """The commit that was measured, with a mark where the files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607
        capture_output=True,
        check=True,
        cwd=RESULTS.parent,
        text=True,
    )
    return described.stdout.strip()


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"
