"""Bulk extract of leads: jobs, their queue, and the files that they make."""
