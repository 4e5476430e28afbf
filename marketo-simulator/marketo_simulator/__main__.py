"""`python -m marketo_simulator` is `marketo-simulator`."""

from __future__ import annotations

from marketo_simulator.cli import main

if __name__ == "__main__":
    main()
