"""Bulk files: their jobs in the state, and their rows on the way out."""
