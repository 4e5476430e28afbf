"""What there is to select, and what was selected."""
