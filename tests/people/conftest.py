"""Databases to test with: tests/store/conftest.py's."""

from tests.store.conftest import cluster, database, empty

__all__ = ["cluster", "database", "empty"]
