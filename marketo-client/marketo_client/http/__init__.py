"""One call: its token, its place among the limits, its repeats, its answer, the day's budget."""
