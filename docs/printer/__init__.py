"""Prints docs/reference/ from the code of all parts: one module per page."""
