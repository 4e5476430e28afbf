"""A private database for what one run cannot keep in memory.

SQLite makes it a nameless file that only its owner can read, and that goes with the run, however
that ends. Nothing in it has to survive: STATE stays behind every row that is nowhere else.
"""

from __future__ import annotations

import sqlite3


def open_scratch() -> sqlite3.Connection:
    """An empty one, on disk once it outgrows a few megabytes; for the thread that opened it."""
    return sqlite3.connect("", isolation_level=None)
