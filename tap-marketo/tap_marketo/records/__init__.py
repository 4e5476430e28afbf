"""What a record is: columns, casts, rows of an answer."""
