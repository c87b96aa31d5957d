"""The database: SQLite in the data folder, or PostgreSQL. Opened once per process; knows no table and no page.

The drivers block, and so work in threads: one hop for a whole query, or for all writes that wait. Reads run side by
side. Writes stand in one line, are applied in the order in which they were asked for, and are committed together. So
SQLite never has two writers, and two writes to one row cannot overtake each other.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from agent.errors import StoreError
from store import search

_SURVIVOR = "qingtan_databases_2"  # another name where what is in it changes its form
BUSY_TIMEOUT_S = 30  # how long SQLite waits for another process, such as a command in a terminal
MAX_BATCH = 200  # writes in one transaction
READERS = 8  # at once
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30_000}  # s, s, ms; with PostgreSQL

_T = TypeVar("_T")
Query = Callable[[Connection], _T]


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


def is_away(error: Exception) -> bool:
    """Whether it says that the database cannot be reached, or not be read, just now: no fault of ours."""
    return isinstance(error, (OperationalError, InterfaceError, NoConnection))


class Database:
    """One open database."""

    def __init__(self, engine: Engine, state: Any = None) -> None:
        """`state` is what outlives a hot reload; without one the database is the caller's alone."""
        self._state = state or new_state(engine)

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return str(self._state.engine.dialect.name)

    async def read(self, query: Query[_T]) -> _T:
        """What `query` finds; it runs in a thread, on a connection that it has alone."""
        return await self._in_a_thread(self._state.readers, _read, query)

    async def write(self, change: Query[_T]) -> _T:
        """Apply `change` in a transaction, after all writes that were asked for before, and give what it returns.

        It runs in a thread, and may be run twice, so it must do nothing but use its connection. It happens even where
        its asker is cancelled. What it raises is raised here, and undoes nothing but itself.
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
            changes = [change for change, _ in batch]
            outcomes = await self._in_a_thread(self._state.writers, _write, changes)
            for (_, result), (value, error) in zip(batch, outcomes, strict=True):
                if result.done():  # its asker was cancelled
                    continue
                if error:
                    result.set_exception(error)
                else:
                    result.set_result(value)

    async def _in_a_thread(self, pool: Executor, work: Callable[[Engine, Any], _T], what: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(pool, work, self._state.engine, what)

    async def close(self) -> None:
        """Finish the writes that wait, and end the connections. A later use opens new ones."""
        while self._state.writer and not self._state.writer.done():
            await asyncio.wait([self._state.writer])
        self._state.engine.dispose()


def _read(engine: Engine, query: Query[_T]) -> _T:
    with engine.connect() as connection:
        return query(connection)


def _write(engine: Engine, changes: Sequence[Query[Any]]) -> list[tuple[Any, Exception | None]]:
    """What each gave or raised. All are committed at once, or where one of them raises, each by itself."""
    given: list[tuple[Any, Exception | None]] = []
    has_begun = False
    try:
        with _writing(engine) as connection:
            has_begun = True
            for change in changes:
                given.append((change(connection), None))
    except Exception as error:
        if has_begun and len(given) < len(changes) > 1:
            return [outcome for change in changes for outcome in _write(engine, [change])]
        return [(None, error) for _ in changes]  # nothing can be written, by whomever
    return given


def _writing(engine: Engine) -> AbstractContextManager[Connection]:
    return engine.execution_options(is_writing=True).begin()


def new_state(engine: Engine) -> Any:
    """What belongs to an open database, as plain values: code after a hot reload can use it."""
    pools = {"readers": ThreadPoolExecutor(READERS, "database"), "writers": ThreadPoolExecutor(1, "database")}
    return types.SimpleNamespace(engine=engine, waiting=deque(), writer=None, **pools)


def connect(url: URL) -> Database:
    """A database of the caller's own, for a command or a test. It has to be migrated: store/migrations."""
    return Database(_engine(url))


def opened(url: URL) -> Database | None:
    """The process's database at `url`, where it is open already: before a hot reload, say."""
    state = _survivor().get(url)
    return Database(state.engine, state) if state else None


def open_once(url: URL) -> Database:
    """The process's one database at `url`."""
    if url not in _survivor():
        _survivor()[url] = new_state(_engine(url))
    state = _survivor()[url]
    return Database(state.engine, state)


def _survivor() -> dict[URL, Any]:
    if _SURVIVOR not in sys.modules:
        module: Any = types.ModuleType(_SURVIVOR, "What outlives a hot reload; see store/database.py.")
        module.states = {}
        sys.modules[_SURVIVOR] = module
    states: dict[URL, Any] = sys.modules[_SURVIVOR].states
    return states


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=READERS + 1)
        prepare_sqlite(engine)
        return engine
    patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
    return create_engine(
        url.set(drivername="postgresql+psycopg"), connect_args=patience, pool_size=READERS + 1, pool_pre_ping=True
    )


def prepare_sqlite(engine: Engine) -> None:
    """Let SQLite begin transactions when we do, with the write lock where one is to write, and keep foreign keys."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # else Python's driver begins them, too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a crash of the machine may lose the last writes only
        cursor.close()
        search.prepare(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
