"""What all flows of a run share: calls, counts, STATE, rejects."""
