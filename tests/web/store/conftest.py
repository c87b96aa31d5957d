"""Databases to test with: a new one for each test, in SQLite and in PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from web.store.database import Database, connect


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)  # of which one is enough at first
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where a database of the test's own is or will be, without tables."""
    if database_kind == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "data" / "chats.db"))
    url: URL = request.getfixturevalue("new_database")()
    return url


@pytest.fixture
async def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with all tables."""
    template = request.getfixturevalue(f"{database_kind}_template")
    if database_kind == "sqlite":
        (tmp_path / "data").mkdir()
        url = URL.create("sqlite", database=str(shutil.copy(template, tmp_path / "data")))
    else:
        url = request.getfixturevalue("new_database")(template)
    opened = connect(url)
    yield opened
    await opened.close()
