"""Leads, activities and objects by REST: a file per family, verbs from Marketo."""
