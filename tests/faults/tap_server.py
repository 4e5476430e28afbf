"""tap-marketo for `forks`: it does all but wait."""

from __future__ import annotations

from tap_marketo.tap import TapMarketo

from tests.faults.forks import HurriedClock, serve


class HurriedTap(TapMarketo):
    """The tap, but for its waits."""

    clock = HurriedClock()


if __name__ == "__main__":
    serve(lambda arguments: HurriedTap.cli(arguments, prog_name="tap-marketo"))
