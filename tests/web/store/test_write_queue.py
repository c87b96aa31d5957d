"""The line of writes while a real database is locked, full, read-only or gone: later, in order, nothing twice."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, Connection, event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from web.store import database as database_module
from web.store import write_queue
from web.store.database import Database, Query, connect
from web.store.database_failures import is_away, is_temporary
from web.store.tables import users

NAMES = [f"{number:03}" for number in range(40)]


def adding(name: str, text: str = "") -> Query[str]:
    def change(connection: Connection) -> str:
        connection.execute(insert(users).values({"id": name, "identifier": name, "created_at": text, "metadata": {}}))
        return name

    return change


async def names(database: Database) -> list[str]:
    query = select(users.c.id).order_by(users.c.id)
    return list(await database.read(lambda connection: connection.scalars(query).all()))


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path))


@pytest.fixture
async def sqlite(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(database_module, "ATTEMPT_S", 0.1)
    monkeypatch.setattr(write_queue, "CLOSE_S", 0.1)
    monkeypatch.setattr(write_queue, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.5)
    opened = connect(URL.create("sqlite", database=str(path)))
    await opened.write(adding("first"))
    yield opened
    await opened.close()


async def stuck(database: Database) -> None:
    while database._state.why is None:
        await asyncio.sleep(0.01)


async def is_kept_later(database: Database, mend: Callable[[], object]) -> None:
    """What was asked for while the database could not be written comes all, in order, once; and nobody else had to."""
    kept = [asyncio.create_task(database.keep(adding(name), owner=name)) for name in NAMES]
    await asyncio.wait_for(stuck(database), 5)
    assert database.writes.is_stuck
    assert database.writes.owners() == frozenset(NAMES)
    (refusal,) = await asyncio.gather(database.write(adding("now or never")), return_exceptions=True)
    assert is_temporary(refusal)
    mend()
    assert await asyncio.wait_for(asyncio.gather(*kept), 15) == NAMES
    assert not database.writes.is_stuck
    assert (await names(database))[: len(NAMES)] == NAMES
    assert "now or never" not in await names(database)
    assert await database.write(adding("zz")) == "zz"


async def test_sqlite_that_another_process_holds_for_longer_than_anybody_waits(sqlite: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        await is_kept_later(sqlite, lambda: other.execute("ROLLBACK"))


async def test_sqlite_on_a_full_disk(sqlite: Database, path: Path) -> None:
    blocked = True

    @event.listens_for(sqlite._state.engine, "begin")
    def _limit(connection: Connection) -> None:  # 1 is what the file has already: SQLite lets it have no page more
        connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if blocked else 1_000_000}")

    def mend() -> None:
        nonlocal blocked
        blocked = False

    big = "x" * 100_000
    kept = [asyncio.create_task(sqlite.keep(adding(name, big))) for name in "abc"]
    await asyncio.wait_for(stuck(sqlite), 5)
    assert "full" in str(sqlite._state.why)
    with pytest.raises(OperationalError, match="full"):
        await sqlite.write(adding("d", big))
    mend()
    assert await asyncio.wait_for(asyncio.gather(*kept), 10) == ["a", "b", "c"]
    assert await names(sqlite) == ["a", "b", "c", "first"]


async def test_sqlite_whose_folder_is_away_for_a_while(sqlite: Database, path: Path) -> None:
    folder, away = path.parent, path.parent.with_name("away")
    sqlite._state.engine.dispose()
    folder.rename(away)
    await is_kept_later(sqlite, lambda: away.rename(folder))


@pytest.fixture
async def postgresql(
    new_database: Callable[..., URL], postgresql_template: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, URL]]:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.5)
    monkeypatch.setattr(write_queue, "CLOSE_S", 0.1)
    monkeypatch.setattr(write_queue, "LONGEST_PAUSE_S", 0.1)
    url = new_database(postgresql_template)
    opened = connect(url)
    await opened.write(adding("first"))
    yield opened, url
    await opened.close()


def admin(url: URL, *statements: str) -> None:
    with psycopg.connect(url.set(database="postgres").render_as_string(False), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


ENDS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{0}'"


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [
        (('ALTER DATABASE "{0}" ALLOW_CONNECTIONS false', ENDS), ('ALTER DATABASE "{0}" ALLOW_CONNECTIONS true',)),
        (('ALTER DATABASE "{0}" SET default_transaction_read_only = on', ENDS),
         ('ALTER DATABASE "{0}" SET default_transaction_read_only = off', ENDS)),
        ((ENDS, 'ALTER DATABASE "{0}" RENAME TO "{0}_away"'), ('ALTER DATABASE "{0}_away" RENAME TO "{0}"',)),
    ],
    ids=["not accepting", "read-only", "gone"],
)  # fmt: skip
async def test_postgresql_that_takes_nothing_for_a_while(
    postgresql: tuple[Database, URL], break_it: tuple[str, ...], mend_it: tuple[str, ...]
) -> None:
    database, url = postgresql
    admin(url, *(one.format(url.database) for one in break_it))
    await is_kept_later(database, lambda: admin(url, *(one.format(url.database) for one in mend_it)))


async def test_connections_that_died_while_nobody_asked_cost_nothing(postgresql: tuple[Database, URL]) -> None:
    database, url = postgresql
    for name in "ab":
        admin(url, ENDS.format(url.database))
        assert await database.keep(adding(name)) == name
    assert await names(database) == ["a", "b", "first"]


async def test_a_change_that_is_at_fault_itself_holds_nobody_up(sqlite: Database, path: Path) -> None:
    def wrong(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = [adding("a"), wrong, adding("a"), adding("b")]
        kept = [asyncio.create_task(sqlite.keep(change)) for change in asked]
        await asyncio.wait_for(stuck(sqlite), 5)
        other.execute("ROLLBACK")
    given = await asyncio.gather(*kept, return_exceptions=True)
    assert [type(one) for one in given] == [str, OperationalError, IntegrityError, str]
    assert await names(sqlite) == ["a", "b", "first"]


async def test_the_line_has_an_end_and_what_is_in_it_is_kept_all_the_same(
    sqlite: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "MAX_WAITING_BYTES", 3000)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept = [asyncio.create_task(sqlite.keep(adding("a")))]
        await asyncio.wait_for(stuck(sqlite), 5)
        kept += [asyncio.create_task(sqlite.keep(adding(name))) for name in "bcd"]
        await asyncio.sleep(0)
        with pytest.raises(OperationalError, match="locked"):
            await kept[3]
        other.execute("ROLLBACK")
    assert await asyncio.gather(*kept[:3]) == ["a", "b", "c"]


async def test_who_waited_in_vain_leaves_a_line_that_is_open(sqlite: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await sqlite.write(adding("a"))
        await asyncio.wait([sqlite._state.writer])
        assert not sqlite.writes.is_stuck
        other.execute("ROLLBACK")
    assert await sqlite.write(adding("b")) == "b"


async def test_what_waits_at_the_end_is_tried_for_a_while_and_then_said_to_be_lost(
    sqlite: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept = [asyncio.create_task(sqlite.keep(adding(name), owner=name)) for name in "ab"]
        await asyncio.wait_for(stuck(sqlite), 5)
        began_at = time.monotonic()
        await sqlite.writes.close(0.3)
        assert time.monotonic() - began_at < 2
        assert "2 writes of 2 chats are lost" in caplog.text
        other.execute("ROLLBACK")
    given = await asyncio.gather(*kept, return_exceptions=True)
    assert {type(one) for one in given} == {OperationalError}


async def test_what_of_a_chat_waits_is_waited_for_and_then_told(sqlite: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept = asyncio.create_task(sqlite.keep(adding("a"), owner="chat"))
        await asyncio.wait_for(stuck(sqlite), 5)
        await sqlite.writes.settled("another", 0.1)
        with pytest.raises(OperationalError, match="locked"):
            await sqlite.writes.settled("chat", 0.1)
        kept.cancel()  # the asker is gone; the write is not
        other.execute("ROLLBACK")
        await sqlite.writes.settled("chat", 10)
    assert await names(sqlite) == ["a", "first"]


def postgres_says(state: str | None, kind: type[DBAPIError] = OperationalError) -> DBAPIError:
    cause: BaseException = psycopg.errors.lookup(state)() if state else psycopg.OperationalError("no route")
    return kind("INSERT", {}, cause)


def sqlite_says(code: int | None, kind: type[DBAPIError] = OperationalError) -> DBAPIError:
    cause = sqlite3.OperationalError("it says")
    if code is not None:
        cause.sqlite_errorcode = code
    return kind("INSERT", {}, cause)


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (NoConnection("pool"), True),
        (postgres_says(None), True),
        *((postgres_says(state), True) for state in (
            "08006", "08001", "53100", "53200", "53300", "57P01", "57P02", "57P03", "57014", "58030", "40001", "40P01",
            "55P03", "3D000", "28P01",
        )),
        (postgres_says("25006", InternalError), True),
        *((postgres_says(state, ProgrammingError), False) for state in ("42P01", "42703", "42501", "42601")),
        *((postgres_says(state, IntegrityError), False) for state in ("23505", "23503")),
        *((sqlite_says(code), True) for code in (5, 6, 7, 8, 10, 13, 14, 15, 261, 517, 522, 778, 1032, 4874)),
        *((sqlite_says(code), False) for code in (1, 11, 26)),  # no such table, a damaged file, no database at all
        (sqlite_says(19, IntegrityError), False),
        (KeyError("ours"), False),
        (OSError("no space left"), False),
    ],
)  # fmt: skip
def test_what_passes_and_what_stays(error: Exception, is_passing: bool) -> None:
    assert is_temporary(error) == is_passing
    assert is_away(error) or not is_passing
