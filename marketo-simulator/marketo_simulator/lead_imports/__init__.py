"""Bulk import of leads: what a row becomes."""
