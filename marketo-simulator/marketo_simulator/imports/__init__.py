"""Bulk import: batches of every object type, their one queue, and what becomes of their rows."""
