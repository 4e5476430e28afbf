"""Files: jobs that make them, and batches that take them."""
