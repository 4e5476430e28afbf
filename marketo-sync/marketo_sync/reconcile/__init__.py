"""Both sides brought together, field by field. Knows SQL; no HTTP and no Singer.

`merge`, `policies` and `echoes` decide and are pure; the rest reads, writes and counts.
"""
