"""Static and smart lists, and the leads on them."""
