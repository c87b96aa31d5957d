"""The database: SQLite in the data folder, or PostgreSQL. Opened once per process; knows no table and no page.

The drivers block, and so work in threads: one hop for a whole query, or for all writes that wait. Reads run side by
side, and fail soon. Writes stand in one queue (write_queue.py). So SQLite never has two writers, and two writes to one
row cannot overtake each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as NoConnection

from agent.errors import StoreError
from agent.hot_reload import survive
from web.store import search
from web.store.database_failures import is_away as is_away
from web.store.write_queue import Query, WriteQueue, new_queue

BUSY_TIMEOUT_S = 30  # how long a write waits for another process, such as a command in a terminal
ATTEMPT_S = 2.0  # of it, how long SQLite waits before the write is tried anew
READ_TIMEOUT_S = 15.0
READERS = 8  # at once
CACHE_KIB = 256  # of each of SQLite's connections, which fill it for good: the system keeps the file in memory anyway
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30_000}  # s, s, ms; with PostgreSQL

_BOTH: dict[str, Any] = {"pool_size": READERS + 1, "hide_parameters": True}  # an error's text holds no chat then

_T = TypeVar("_T")


def database_url(setting: str | None, data_dir: Path) -> URL:
    """The address of the database: DATABASE_URL, or chats.db in the data folder. Raises StoreError."""
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

    def __init__(self, engine: Engine, state: Any = None) -> None:
        """`state` is what outlives a hot reload; without one the database is the caller's alone."""
        self._state = state or new_state(engine)
        self.writes = WriteQueue(self._state)

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return str(self._state.engine.dialect.name)

    async def read(self, query: Query[_T]) -> _T:
        """What `query` finds; it runs in a thread, on a connection that it has alone."""
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(self._state.readers, _read, self._state.engine, query)
        try:
            return await asyncio.wait_for(reading, READ_TIMEOUT_S)
        except TimeoutError as error:
            raise NoConnection("the database does not answer") from error

    async def write(self, change: Query[_T]) -> _T:
        """Apply `change` in a transaction, after all writes that were asked for before, and give what it returns.

        It runs in a thread, and may be run twice, so it must do nothing but use its connection. It happens even if
        its asker is cancelled. What it raises is raised here, and undoes nothing but itself. If the database cannot
        take it within BUSY_TIMEOUT_S, that is raised, and it does not happen.
        """
        return await self.writes.add(change, now_s=BUSY_TIMEOUT_S)

    async def keep(self, change: Query[_T], *, owner: str = "", size: int = 1000) -> _T:
        """As `write`, but it waits as long as it takes; it has to be right then, and if it is applied twice.

        `owner` is for whom `writes` tells that something waits, `size` roughly its bytes.
        """
        return await self.writes.add(change, now_s=None, owner=owner, size=size)

    async def look(self) -> None:
        """Raises if it cannot be read; comes back when it takes what is written."""
        await self.read(lambda connection: connection.exec_driver_sql("SELECT id FROM threads LIMIT 1").all())
        await self.write(lambda connection: None)

    async def close(self) -> None:
        """Finish the writes that wait, as far as they can be, and end the connections. A later use opens new ones."""
        await self.writes.close()
        self._state.engine.dispose()


def _read(engine: Engine, query: Query[_T]) -> _T:
    with engine.connect() as connection:
        return query(connection)


def new_state(engine: Engine) -> Any:
    """What belongs to an open database, as plain values: code after a hot reload can use it."""
    pools = {"readers": ThreadPoolExecutor(READERS, "database"), "writers": ThreadPoolExecutor(1, "database")}
    return SimpleNamespace(engine=engine, waiting=deque(), **new_queue(), **pools)


def connect(url: URL) -> Database:
    """A database of the caller's own, for a command or a test. It has to be migrated: web/store/migrations."""
    return Database(_engine(url))


def opened(url: URL) -> Database | None:
    """The process's database at `url`, if it is open already: before a hot reload, say."""
    state = _states().get(url)
    return Database(state.engine, state) if state else None


def open_once(url: URL) -> Database:
    """The process's one database at `url`."""
    if url not in _states():
        _states()[url] = new_state(_engine(url))
    state = _states()[url]
    return Database(state.engine, state)


def _states() -> dict[URL, Any]:
    return survive("databases", dict)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": min(ATTEMPT_S, BUSY_TIMEOUT_S)}, **_BOTH)
        prepare_sqlite(engine)
        return engine
    patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
    return create_engine(url.set(drivername="postgresql+psycopg"), connect_args=patience, pool_pre_ping=True, **_BOTH)


def prepare_sqlite(engine: Engine) -> None:
    """Let SQLite begin transactions when we do, with the write lock if one is to write, and keep foreign keys."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # else Python's driver begins them, too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a crash of the machine may lose the last writes only
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.close()
        search.prepare(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
