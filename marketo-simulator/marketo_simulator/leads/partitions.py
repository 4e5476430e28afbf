"""The lead partitions of the instance. Marketo docs: Leads (Lead Partitions)."""

from __future__ import annotations

from typing import Final

PARTITIONS: Final = {"Default": 1, "EU": 2}
DESCRIPTIONS: Final = {"Default": "Initial system lead partition", "EU": "Leads of the EU"}
