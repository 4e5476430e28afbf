"""Singer tap for Adobe Marketo Engage."""
