"""Bulk extract: jobs of every object type, their one queue, and the files that they make."""
