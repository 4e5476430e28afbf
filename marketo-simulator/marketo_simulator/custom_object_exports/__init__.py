"""Bulk extract of custom objects: what a job may ask for."""
