"""Leads: their fields, describes, reads, and the changes that the control routes make."""
