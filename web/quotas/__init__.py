"""Quotas: how much one user may keep and use, what has been counted of it, and what a refusal says."""
