"""The streams, by family of Marketo objects."""

from __future__ import annotations
