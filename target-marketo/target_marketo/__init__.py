"""Singer target for Adobe Marketo Engage."""
