"""Databases with all tables, migrated once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.conftest import execute
from web.store.migrations import migrate


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "chats.db"
    migrate(URL.create("sqlite", database=str(path)))
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: URL) -> str:
    """The name of a database in the cluster with all tables, to be copied."""
    execute(cluster, "CREATE DATABASE with_tables")
    migrate(cluster.set(database="with_tables"))
    return "with_tables"
