"""Companies: describe, query, sync, delete, and what they are to the leads linked to them."""
