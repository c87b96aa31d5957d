"""Brings a database to the version that this code needs, at start. A version is a file in versions/.

To change a table: change web/store/tables.py, and add the next numbered file with the same change for a database that
exists. No file is ever edited after it was released.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from agent.errors import StoreError
from web.store.database import BUSY_TIMEOUT_S, prepare_sqlite

logger = logging.getLogger(__name__)
FOLDER = Path(__file__).parent
_LOCK = 0x71696E67  # "qing": PostgreSQL's locks that are the application's own have numbers


def migrate(url: URL, version: str = "head") -> None:
    """Make or change the tables. Of several processes that start at once, one does it and the others wait.

    Blocks. Raises StoreError if the database cannot be reached, or was made by a later version of this project.
    """
    shown = url.render_as_string(hide_password=True)
    try:
        engine = _engine(url)
        with engine.begin() as connection:
            if url.get_backend_name() == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config = Config()
            config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, version)
        engine.dispose()
    except CommandError as error:
        logger.error("%s", error)
        raise StoreError(
            f"The database {shown} was made by a newer version of this project. Start that version, or set "
            "DATABASE_URL or DATA_DIR to another place.",
            f"数据库 {shown} 是由本项目的更新版本建立的。请启动那个版本，或者把 DATABASE_URL 或 DATA_DIR 设到别处。",
        ) from error
    except (DBAPIError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise StoreError(
            f"The database {shown} cannot be opened: {reason}. Check that it runs and may be written, or set "
            "DATABASE_URL or DATA_DIR to another place.",
            f"数据库 {shown} 打不开：{reason}。请检查它是否在运行、是否可写，"
            "或者把 DATABASE_URL 或 DATA_DIR 设到别处。",
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    _make_file(Path(str(url.database)))
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S}, execution_options={"is_writing": True}
    )
    prepare_sqlite(engine)
    return engine


def _make_file(path: Path) -> None:
    """A file that nobody else reads, in WAL mode for good: readers and the writer do not wait for each other."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # SQLite does not wait for another process that changes the mode
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    finally:
        os.close(folder)
