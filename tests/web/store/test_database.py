"""The database on SQLite and PostgreSQL: who writes when, and what a write that fails undoes."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.errors import StoreError
from tests.languages import assert_says_the_same_in_chinese
from web.store.database import Database, Query, connect, database_url, open_once, opened
from web.store.migrations import migrate
from web.store.tables import users


def adding(name: str, text: str = "") -> Query[str]:
    def change(connection: Connection) -> str:
        row = {"id": name, "identifier": name, "created_at": text, "metadata": {}}
        connection.execute(insert(users).values(row))
        return name

    return change


async def names(database: Database) -> list[str]:
    query = select(users.c.id).order_by(users.c.id)
    return list(await database.read(lambda connection: connection.scalars(query).all()))


async def test_a_write_gives_what_its_change_returns_and_can_be_read_then(database: Database) -> None:
    assert await database.write(adding("a")) == "a"
    assert await names(database) == ["a"]


async def test_a_change_that_fails_is_undone_and_undoes_no_other(database: Database) -> None:
    def half(connection: Connection) -> None:
        adding("half")(connection)
        raise KeyError("no more")

    writes = [adding("a"), half, adding("a"), adding("b")]
    given = await asyncio.gather(*(database.write(write) for write in writes), return_exceptions=True)
    assert [type(one) for one in given] == [str, KeyError, IntegrityError, str]
    assert await names(database) == ["a", "b"]


async def test_writes_are_applied_in_the_order_in_which_they_were_asked_for(database: Database) -> None:
    order = []

    def noting(number: int) -> Query[None]:
        def change(connection: Connection) -> None:
            time.sleep(0.001 * (number % 3))
            adding(str(number))(connection)
            order.append(number)

        return change

    await asyncio.gather(*(database.write(noting(number)) for number in range(30)))
    assert order == list(range(30))


async def test_a_write_happens_also_where_its_asker_is_cancelled(database: Database) -> None:
    asker = asyncio.create_task(database.write(adding("a")))
    await asyncio.sleep(0)
    asker.cancel()
    await database.write(adding("b"))
    assert await names(database) == ["a", "b"]


async def test_closing_finishes_what_waits(database: Database) -> None:
    asked = [asyncio.create_task(database.write(adding(str(number)))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert all(task.done() for task in asked)
    assert len(await names(database)) == 20  # a later use opens it again


async def test_readers_see_what_was_committed_while_a_write_goes_on(database: Database) -> None:
    await database.write(adding("a"))
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        adding("b")(connection)
        has_begun.set()
        may_end.wait(10)

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(has_begun.wait, 10)
    assert await names(database) == ["a"]
    may_end.set()
    await writing
    assert await names(database) == ["a", "b"]


async def test_two_databases_of_one_file_write_at_once_as_two_processes_do(empty: URL) -> None:
    migrate(empty)
    two = [connect(empty), connect(empty)]
    try:
        writes = [two[number % 2].write(adding(f"{number:03}")) for number in range(200)]
        await asyncio.gather(*writes)
        assert await names(two[0]) == [f"{number:03}" for number in range(200)]
    finally:
        for one in two:
            await one.close()


async def test_text_that_no_database_takes_is_kept_with_the_replacement_sign(database: Database) -> None:
    await database.write(adding("a", "nul \0 half \ud83d whole 😀 中"))
    kept = await database.read(lambda connection: connection.scalar(select(users.c.created_at)))
    assert kept == "nul \ufffd half \ufffd whole 😀 中"


async def test_a_process_opens_a_database_once_also_after_a_hot_reload(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "chats.db"))
    migrate(url)
    assert opened(url) is None
    before = open_once(url)
    await before.write(adding("a"))
    after = opened(url)
    assert after is not None
    assert await names(after) == ["a"]
    await after.close()


def test_nobody_else_reads_the_file_and_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "data" / "chats.db"
    migrate(URL.create("sqlite", database=str(path)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_command_that_holds_the_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    url = URL.create("sqlite", database=str(path))
    migrate(url)
    database = connect(url)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(database.write(adding("a")))
        started = time.monotonic()
        await asyncio.sleep(0.3)
        assert not writing.done()
        other.execute("COMMIT")
    await writing
    assert time.monotonic() - started > 0.3
    await database.close()


async def test_where_nobody_can_write_all_that_wait_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chats.db"
    url = URL.create("sqlite", database=str(path))
    migrate(url)
    monkeypatch.setattr("web.store.database.BUSY_TIMEOUT_S", 0.5)
    database = connect(url)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        given = await asyncio.gather(*(database.write(adding(name)) for name in "abcdefgh"), return_exceptions=True)
    assert {type(one) for one in given} == {OperationalError}
    assert time.monotonic() - started < 3
    await database.close()


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        (None, "sqlite:////data/chats.db"),
        ("", "sqlite:////data/chats.db"),
        ("postgres://me:secret@db/qingtan", "postgresql://me:***@db/qingtan"),
        ("postgresql://me:secret@db:5433/qingtan?sslmode=require", "postgresql://me:***@db:5433/qingtan?sslmode=require"),
        ("postgresql+asyncpg://me@db/qingtan", "postgresql://me@db/qingtan"),
        ("sqlite+aiosqlite:////var/chats.db", "sqlite:////var/chats.db"),
    ],
)  # fmt: skip
def test_the_usual_ways_to_write_an_address_are_taken(setting: str | None, shown: str) -> None:
    assert database_url(setting, Path("/data")).render_as_string() == shown


@pytest.mark.parametrize(
    "setting", ["secret", "mysql://me:secret@db/qingtan", "postgresql://me:secret@db", "sqlite://"]
)
def test_another_address_is_refused_in_both_languages_without_its_password(setting: str) -> None:
    with pytest.raises(StoreError) as refusal:
        database_url(setting, Path("/data"))
    assert "secret" not in str(refusal.value)
    assert_says_the_same_in_chinese(refusal.value)
