"""Opportunity roles: their describe, which a native CRM sync takes away."""
