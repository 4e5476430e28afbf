"""Companies: the describe call."""
