"""What leaves the tap: messages, log and summary."""
