"""Full calls to Marketo, and what became of them."""
