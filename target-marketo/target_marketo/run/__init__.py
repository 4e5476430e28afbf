"""A run from its first check to its last count; versions and deletes of whole tables."""
