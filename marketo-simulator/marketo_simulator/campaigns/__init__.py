"""Campaigns, as far as they are listed: none runs here."""
