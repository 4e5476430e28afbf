"""Types of custom objects: the metadata API, which not every subscription has."""
