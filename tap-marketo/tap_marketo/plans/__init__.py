"""What to read, and from when on: pure decisions, and the settings' vocabularies."""
