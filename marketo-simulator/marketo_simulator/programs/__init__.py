"""Programs and the leads that are members of them."""
