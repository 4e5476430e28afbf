"""One row: what it holds, which record it is, what of it differs, what became of it."""
