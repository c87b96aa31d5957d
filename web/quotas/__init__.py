"""Quotas: how much one user may save and use, what has been counted of it, and what a refusal says."""
