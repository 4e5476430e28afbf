"""Bulk extract of activities: what a job may ask for, and how rows look in its file."""
