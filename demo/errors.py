"""Why the demo cannot go on, as one sentence for whoever started it."""

from __future__ import annotations


class DemoError(Exception):
    """The text says what is wrong and what to do; it holds no password or secret."""
