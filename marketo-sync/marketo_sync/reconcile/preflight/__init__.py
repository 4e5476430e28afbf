"""Mapping, tables, what has landed and rights, compared before anything is written."""
