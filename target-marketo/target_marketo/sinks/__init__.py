"""The Singer side of each Marketo object family."""

from __future__ import annotations

from target_marketo.sinks.leads import LeadsSink

__all__ = ["LeadsSink"]
