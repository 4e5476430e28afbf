"""`python -m target_marketo`."""

from __future__ import annotations

from target_marketo.target import TargetMarketo

TargetMarketo.cli()
