"""Singer's side: messages in, rows of a stream."""
