"""Bulk extract of leads: what a job may ask for."""
