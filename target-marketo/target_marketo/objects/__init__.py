"""One file per kind of Marketo record."""

from __future__ import annotations

from target_marketo.objects.family import Decide, Family, Groups
from target_marketo.objects.leads import Leads
from target_marketo.objects.shape import Field, Shape

__all__ = ["Decide", "Family", "Field", "Groups", "Leads", "Shape"]
