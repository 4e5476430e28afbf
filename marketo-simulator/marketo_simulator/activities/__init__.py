"""Activities: types, rows, paging tokens, and the three feeds over them."""
