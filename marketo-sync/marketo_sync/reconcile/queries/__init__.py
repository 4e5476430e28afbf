"""Every statement that reconciling runs, a file per step. They know the tables, not when to ask."""
