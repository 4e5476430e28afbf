"""The state that is handed in, and the larger bookmarks in it."""
