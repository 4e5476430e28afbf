"""Mapping, stream and Describe brought together, before the first row: what becomes what."""
