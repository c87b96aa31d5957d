"""The database: SQLite in the data folder, or PostgreSQL. Opened once per process; knows no table and no page.

Reads run side by side. Writes stand in one line and are applied in the order in which they were asked for; those that
wait are committed together. So SQLite never has two writers, and two writes to one row cannot overtake each other.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from agent.errors import StoreError

_SURVIVOR = "qingtan_databases"
BUSY_TIMEOUT_S = 30  # how long SQLite waits for another process, such as a command in a terminal
MAX_BATCH = 200  # writes in one transaction

_T = TypeVar("_T")
Change = Callable[[AsyncConnection], Awaitable[_T]]


def database_url(setting: str | None, data_dir: Path) -> URL:
    """Where chats are kept: DATABASE_URL, or chats.db in the data folder. Raises StoreError."""
    if not setting:
        return URL.create("sqlite", database=str(data_dir / "chats.db"))
    try:
        url = make_url(setting)
    except (ArgumentError, ValueError):
        url = URL.create("unreadable")
    kind = {"postgres": "postgresql"}.get(url.get_backend_name(), url.get_backend_name())
    if kind not in ("sqlite", "postgresql") or not url.database:
        raise StoreError(
            "DATABASE_URL cannot be read. Write it as postgresql://USER:PASSWORD@HOST:5432/NAME, or leave it out: "
            "then chats are kept in a file in DATA_DIR.",
            "DATABASE_URL 无法识别。请写成 postgresql://USER:PASSWORD@HOST:5432/NAME，"
            "或者不设它：对话会保存在 DATA_DIR 的文件里。",
        )
    return url.set(drivername=kind)


class Database:
    """One open database."""

    def __init__(self, engine: AsyncEngine, state: Any = None) -> None:
        """`state` is what outlives a hot reload; without one the database is the caller's alone."""
        self._state = state or new_state(engine)

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return str(self._state.engine.dialect.name)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to read with: `async with database.read() as connection`."""
        return self._state.engine.connect()  # type: ignore[no-any-return]

    async def write(self, change: Change[_T]) -> _T:
        """Apply `change` in a transaction, after all writes that were asked for before, and give what it returns.

        It may be run twice, so it must do nothing but use its connection. It happens even where its asker is
        cancelled. What it raises is raised here, and undoes nothing but itself.
        """
        result: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._state.waiting.append((change, result))
        if self._state.writer is None or self._state.writer.done():
            self._state.writer = asyncio.create_task(self._write_all(), name="write to the database")
        return await result

    async def _write_all(self) -> None:
        waiting = self._state.waiting
        while waiting:
            batch = [waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH))]
            if len(batch) == 1 or not await self._write_together(batch):
                for one in batch:
                    await self._write_alone(*one)

    async def _write_together(self, batch: list[tuple[Change[Any], asyncio.Future[Any]]]) -> bool:
        """Commit all of `batch` at once; False where one of them raised, and so nothing was written."""
        try:
            async with self._writing() as connection:
                given = [await change(connection) for change, _ in batch]
        except Exception:
            return False
        for (_, result), value in zip(batch, given, strict=True):
            if not result.done():
                result.set_result(value)
        return True

    async def _write_alone(self, change: Change[Any], result: asyncio.Future[Any]) -> None:
        try:
            async with self._writing() as connection:
                value = await change(connection)
        except Exception as error:
            if not result.done():
                result.set_exception(error)
        else:
            if not result.done():
                result.set_result(value)

    def _writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._state.engine.execution_options(is_writing=True).begin()  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Finish the writes that wait, and end the connections. A later use opens new ones."""
        while self._state.writer and not self._state.writer.done():
            await asyncio.wait([self._state.writer])
        await self._state.engine.dispose()


def new_state(engine: AsyncEngine) -> Any:
    """What belongs to an open database, as plain values: code after a hot reload can use it."""
    return types.SimpleNamespace(engine=engine, waiting=deque(), writer=None)


def connect(url: URL) -> Database:
    """A database of the caller's own, for a command or a test. It has to be migrated: store/migrations."""
    return Database(_async_engine(url))


def opened(url: URL) -> Database | None:
    """The process's database at `url`, where it is open already: before a hot reload, say."""
    state = _survivor().get(url)
    return Database(state.engine, state) if state else None


def open_once(url: URL) -> Database:
    """The process's one database at `url`."""
    if url not in _survivor():
        _survivor()[url] = new_state(_async_engine(url))
    state = _survivor()[url]
    return Database(state.engine, state)


def _survivor() -> dict[URL, Any]:
    if _SURVIVOR not in sys.modules:
        module: Any = types.ModuleType(_SURVIVOR, "What outlives a hot reload; see store/database.py.")
        module.states = {}
        sys.modules[_SURVIVOR] = module
    states: dict[URL, Any] = sys.modules[_SURVIVOR].states
    return states


def _async_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=4
        )
        prepare_sqlite(engine.sync_engine)
        return engine
    return create_async_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


def prepare_sqlite(engine: Engine) -> None:
    """Let SQLite begin transactions when we do, with the write lock where one is to write, and keep foreign keys."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # else Python's driver begins them, too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a crash of the machine may lose the last writes only
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
