"""target-marketo for `forks`: it does all but wait, except for work that may still be running."""

from __future__ import annotations

from target_marketo.target import TargetMarketo

from tests.faults.forks import HurriedClock, serve


class HurriedTarget(TargetMarketo):
    """The target, but for its waits."""

    clock = HurriedClock()


if __name__ == "__main__":
    serve(lambda arguments: HurriedTarget.cli(arguments, prog_name="target-marketo"))
