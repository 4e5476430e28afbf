"""An Adobe Marketo Engage on loopback, for demos and tests."""
