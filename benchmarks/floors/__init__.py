"""The least programs that do a claim's work: no retries, limits, state, selection or drift.

Each reads the same answers as the tap, casts each value, and writes the same lines with orjson.
They share no code with what they are compared with.
"""

from __future__ import annotations
