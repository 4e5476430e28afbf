"""Marketo's feeds: a cursor over one, what it has forgotten, and what is read before its turn."""
