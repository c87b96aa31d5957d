"""Migrations: from nothing, from each version that there was, by many processes at once, and what cannot be opened."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text

from agent.errors import StoreError
from store.database import connect
from store.migrations import FOLDER, migrate
from store.tables import metadata
from tests.languages import assert_says_the_same_in_chinese

ROOT = Path(__file__).parents[2]
VERSIONS = [script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()][::-1]
MIGRATE = """
import sys
from sqlalchemy import make_url
from store.migrations import migrate
migrate(make_url(sys.argv[1]))
"""


async def version(url: URL) -> str | None:
    database = connect(url)
    query = text("SELECT version_num FROM alembic_version")
    found = await database.read(lambda connection: connection.scalar(query))
    await database.close()
    return str(found)


def differences(connection: Connection) -> list[object]:
    """What Alembic would still have to change so that the tables are those of store/tables.py."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_the_migrations_make_the_tables_that_the_code_knows(empty: URL) -> None:
    migrate(empty)
    database = connect(empty)
    assert await database.read(differences) == []
    await database.close()


async def test_a_second_start_changes_nothing(empty: URL) -> None:
    migrate(empty)
    migrate(empty)
    assert await version(empty) == VERSIONS[-1]


def test_versions_are_numbered_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(VERSIONS) + 1)] == VERSIONS


async def test_processes_that_start_at_once_make_the_tables_once(empty: URL) -> None:
    address = empty.render_as_string(hide_password=False)
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, address, cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(6)
    ]
    told = [(await process.communicate())[1].decode() for process in started]
    assert [(process.returncode, text) for process, text in zip(started, told, strict=True)] == [(0, "")] * 6
    assert await version(empty) == VERSIONS[-1]


async def test_a_database_of_a_newer_version_is_left_alone(empty: URL) -> None:
    migrate(empty)
    database = connect(empty)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(StoreError, match="newer version") as refusal:
        migrate(empty)
    assert_says_the_same_in_chinese(refusal.value)
    assert await version(empty) == "9999"


def test_a_migration_that_fails_leaves_no_half(empty: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    made = []

    def create_table(name: str, *_: object, **__: object) -> None:
        made.append(name)
        if len(made) == 3:
            raise OSError("disk full")
        real(name, *_, **__)

    real = op.create_table
    monkeypatch.setattr(op, "create_table", create_table)
    with pytest.raises(StoreError, match="disk full"):
        migrate(empty)
    monkeypatch.undo()
    migrate(empty)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be opened"):
        migrate(URL.create("sqlite", database=str(tmp_path / "data" / "chats.db")))


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_text("This is a diary. " * 100)
    with pytest.raises(StoreError, match="file is not a database") as refusal:
        migrate(URL.create("sqlite", database=str(path)))
    assert_says_the_same_in_chinese(refusal.value)


def test_a_server_that_cannot_be_reached_is_told_without_the_password(tmp_path: Path) -> None:
    url = URL.create("postgresql", "me", "secret", database="qingtan", query={"host": str(tmp_path)})
    with pytest.raises(StoreError, match="cannot be opened") as refusal:
        migrate(url)
    assert "secret" not in str(refusal.value)
