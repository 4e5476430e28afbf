"""The two sides as they are: the user's tables, what has landed, and which field is which."""
