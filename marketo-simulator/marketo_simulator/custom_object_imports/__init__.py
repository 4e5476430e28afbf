"""Bulk import of custom objects: what a row becomes."""
