"""Databases to test with: a new one for each test, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from web.store.database import Database, connect
from web.store.migrations import migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where a database of the test's own is or will be, without tables."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "data" / "chats.db"))
    make: Callable[[], URL] = request.getfixturevalue("new_database")
    return make()


@pytest.fixture
async def database(empty: URL) -> AsyncIterator[Database]:
    """An open database with all tables."""
    migrate(empty)
    opened = connect(empty)
    yield opened
    await opened.close()
