"""tap-marketo for `forks`, as its command runs it."""

from __future__ import annotations

from tap_marketo.tap import TapMarketo

from tests.faults.forks import serve

if __name__ == "__main__":
    serve(lambda arguments: TapMarketo.cli(arguments, prog_name="tap-marketo"))
