"""What the project promises about cost, measured: one file per claim, ratios from one run."""

from __future__ import annotations
