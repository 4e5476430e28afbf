"""Custom objects: the metadata call that not every subscription has."""
