"""Migrations: from nothing, from each version that there was, by many processes at once, and what cannot be opened."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from chainlit.types import Pagination, ThreadFilter
from sqlalchemy import URL, Connection, text

from agent import PROJECT
from agent.errors import StoreError
from agent.history import History
from tests.languages import assert_says_the_same_in_chinese
from web.store import histories
from web.store.data_layer import DataLayer
from web.store.database import connect
from web.store.files import Files
from web.store.migrations import FOLDER, migrate
from web.store.tables import metadata

VERSIONS = [script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()][::-1]
MIGRATE = """
import sys
from sqlalchemy import make_url
from web.store.migrations import migrate
migrate(make_url(sys.argv[1]))
"""


async def version(url: URL) -> str | None:
    database = connect(url)
    query = text("SELECT version_num FROM alembic_version")
    found = await database.read(lambda connection: connection.scalar(query))
    await database.close()
    return str(found)


def differences(connection: Connection) -> list[object]:
    """What Alembic would still have to change so that the tables are those of web/store/tables.py."""
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


async def test_a_database_of_version_1_opens_and_its_chat_is_there(empty: URL, tmp_path: Path) -> None:
    fill(empty, "version_0001")
    migrate(empty)
    assert await version(empty) == VERSIONS[-1]
    database = connect(empty)
    assert await database.read(differences) == []
    layer = DataLayer(database, Files(tmp_path, "/kept/{key}"), no_loss)
    user = await layer.get_user("local")
    assert user
    listed = await layer.list_threads(Pagination(first=20), ThreadFilter(userId=user.id, search="21 °C"))
    assert [chat["name"] for chat in listed.data] == ["广州天气怎么样?"]
    thread = await layer.get_thread("c1")
    assert thread
    assert (thread["tags"], thread["metadata"]["chat_settings"]) == (["weather"], {"temperature": 0.1})
    assert [(step["id"], step["output"]) for step in thread["steps"]] == [
        ("about", ""),
        ("m1", "广州天气怎么样?"),
        ("on_message", ""),
        ("call", '{"temperature_c": 21}'),
        ("a1", "广州现在 21 °C。"),
    ]
    assert thread["steps"][2]["feedback"] == {"id": "f1", "forId": "on_message", "value": 1, "comment": "It's right"}
    assert [(one["name"], one["forId"], one["url"]) for one in thread["elements"]] == [
        ("notes.txt", "m1", "/kept/c1/e1")
    ]
    kept = await histories.load(database, "c1")
    assert kept
    history = History.from_json(kept.history)
    assert [message.role for message in history.messages] == ["user", "assistant", "tool", "assistant"]
    await layer.update_thread("c2", "Another", user.id)
    await layer.save_step({"id": "m2", "threadId": "c2", "type": "user_message", "output": "and now?"})
    await database.close()


def fill(empty: URL, name: str) -> None:
    """Make the database that an older version of this project has left."""
    script = (Path(__file__).parent / name / f"{empty.get_backend_name()}.sql").read_text("utf-8")
    if empty.get_backend_name() == "postgresql":
        with psycopg.connect(empty.render_as_string(hide_password=False)) as server:
            server.execute(script.encode())
        return
    path = Path(str(empty.database))
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as file:
        file.executescript(script)


async def no_loss() -> None:
    raise AssertionError("something was not kept")


def test_versions_are_numbered_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(VERSIONS) + 1)] == VERSIONS


@pytest.mark.slow
async def test_processes_that_start_at_once_make_the_tables_once(empty: URL) -> None:
    address = empty.render_as_string(hide_password=False)
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, address, cwd=PROJECT, stderr=asyncio.subprocess.PIPE
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
