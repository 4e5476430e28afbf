"""What becomes of one field: pure functions of what both sides hold and held."""
