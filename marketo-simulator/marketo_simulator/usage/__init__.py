"""Usage and error statistics."""
