"""`python -m tap_marketo`."""

from __future__ import annotations

from tap_marketo.tap import TapMarketo

TapMarketo.cli()
