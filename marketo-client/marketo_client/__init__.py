"""Marketo Engage REST API: leads, activities, bulk extract, field types, limits and errors."""
