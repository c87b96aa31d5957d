"""Databases to test with: tests/store/conftest.py's."""

from tests.store.conftest import database, empty

__all__ = ["database", "empty"]
