"""target-marketo for `forks`, as its command runs it."""

from __future__ import annotations

from target_marketo.target import TargetMarketo

from tests.faults.forks import serve

if __name__ == "__main__":
    serve(lambda arguments: TargetMarketo.cli(arguments, prog_name="target-marketo"))
