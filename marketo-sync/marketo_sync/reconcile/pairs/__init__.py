"""A batch of pairs: read, judged, and carried out."""
