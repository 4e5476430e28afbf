"""`make bench`: measure all claims, or those that are named: `python -m benchmarks tap_calls`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import (
    ratios,
    sync_cycle,
    tap_calls,
    tap_cpu,
    tap_memory,
    tap_window,
    target_calls,
    target_cpu,
    target_parallel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CLAIMS: Final[Mapping[str, Callable[[Path], Sequence[ratios.Ratio]]]] = {
    "sync_cycle": sync_cycle.measure,
    "tap_calls": tap_calls.measure,
    "tap_cpu": tap_cpu.measure,
    "tap_memory": tap_memory.measure,
    "tap_window": tap_window.measure,
    "target_calls": target_calls.measure,
    "target_cpu": target_cpu.measure,
    "target_parallel": target_parallel.measure,
}


def main(names: Sequence[str]) -> int:
    """Print the ratios of each claim and keep them; 0 whatever they are, 2 for an unknown name."""
    unknown = [name for name in names if name not in CLAIMS]
    if unknown:
        print(f"no claim {', '.join(unknown)}; there are {', '.join(CLAIMS)}", file=sys.stderr)
        return 2
    for name in names or CLAIMS:
        with tempfile.TemporaryDirectory(prefix="marketo-benchmark-") as folder:
            measured = CLAIMS[name](Path(folder))
        print(f"\n{name}", *measured, sep="\n", flush=True)
        ratios.keep(name, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
