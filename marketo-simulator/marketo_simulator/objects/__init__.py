"""What companies and custom objects have in common: one interface of query, sync and delete."""
