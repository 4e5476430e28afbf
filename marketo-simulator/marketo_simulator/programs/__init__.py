"""Programs, as far as leads are members of them."""
