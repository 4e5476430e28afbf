"""One file per kind of Marketo record."""

from __future__ import annotations

from target_marketo.objects.families import Families
from target_marketo.objects.family import Decide, Family, Groups

__all__ = ["Decide", "Families", "Family", "Groups"]
