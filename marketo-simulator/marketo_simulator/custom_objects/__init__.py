"""Records of custom objects, and what they are linked to."""
