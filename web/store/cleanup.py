"""Deletes what nobody can reach any more: files without rows, and the chats of guests whose link has ended.

Only files of chats that this database knows, or knows to be deleted, are touched: the folder may have files of another
database too. Everything may be done twice, by several processes at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Delete, Select, delete, func, select, update

from web.store.database import Database
from web.store.tables import accounts, elements, gone_chats, links, threads, time_text, users

logger = logging.getLogger(__name__)
EVERY_S = 900.0
FIRST_AFTER_S = 60.0
GRACE_S = 600.0  # a file is written before its row, and a turn goes on for a while after its link has ended
SLICE = 50  # chats


async def watch(
    *steps: Callable[[], Awaitable[object]], first_after_s: float = FIRST_AFTER_S, every_s: float = EVERY_S
) -> None:
    """Do the steps every `every_s`, for as long as the app runs."""
    await asyncio.sleep(first_after_s)
    while True:
        for step in steps:
            try:
                await step()
            except Exception as error:
                logger.warning("what nobody can reach was not cleaned away, and is tried again: %s", error)
        await asyncio.sleep(every_s)


async def clean_guests(database: Database, chats_days: float, now: datetime | None = None) -> None:
    """Forget the files of guests whose link has ended, and `chats_days` later their chats, and them."""
    ended = (now or datetime.now(UTC)) - timedelta(seconds=GRACE_S)
    old, has_file = ended - timedelta(days=chats_days), elements.c.object_key.is_not(None)
    with_files = select(elements.c.thread_id).where(has_file, elements.c.thread_id.in_(_chats_of_guests(ended)))
    while found := await _find(database, with_files.distinct().limit(SLICE)):
        await _delete(database, delete(elements).where(elements.c.thread_id.in_(found), has_file))
    while found := await _find(database, _chats_of_guests(old).limit(SLICE)):
        await _delete(database, delete(threads).where(threads.c.id.in_(found)))
    await _delete(database, delete(users).where(users.c.id.in_(_guests(old))))


async def clean_files(database: Database, folder: Path, now_s: float | None = None) -> int:
    """Delete the files in `folder` (files.py) that have no row; gives how many. Adds the sizes that rows lack."""
    now_s = time.time() if now_s is None else now_s
    count = 0
    names = iter(await asyncio.to_thread(_chats_in, folder))
    while part := list(islice(names, SLICE)):
        known, sizes = await database.read(partial(_rows, part))
        deleted, missing = await asyncio.to_thread(_clean, folder, known, sizes, now_s)
        count += deleted
        if missing:
            await database.write(partial(_add_sizes, missing))
    gone = iter(
        [name for name in await _find(database, select(gone_chats.c.thread_id)) if not (folder / name).exists()]
    )
    while part := list(islice(gone, SLICE)):
        await _delete(database, delete(gone_chats).where(gone_chats.c.thread_id.in_(part)))
    return count


def _guests(ended_before: datetime) -> Select[Any]:
    """The ids of the users who came by a link that was over before that time."""
    over = func.coalesce(links.c.ended_at, links.c.until) < time_text(ended_before)
    return select(accounts.c.user_id).join(links, links.c.number == accounts.c.link_number).where(over)


def _chats_of_guests(ended_before: datetime) -> Select[Any]:
    return select(threads.c.id).where(threads.c.user_id.in_(_guests(ended_before)))


async def _find(database: Database, query: Select[Any]) -> Sequence[str]:
    return await database.read(lambda connection: connection.scalars(query).all())


async def _delete(database: Database, which: Delete) -> None:
    await database.write(lambda connection: connection.execute(which).rowcount)


def _chats_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _rows(names: Sequence[str], connection: Connection) -> tuple[set[str], dict[str, int]]:
    """Which of these chats this database knows, also as deleted; and the keys of their files, with their bytes."""
    alive = connection.scalars(select(threads.c.id).where(threads.c.id.in_(names)))
    gone = connection.scalars(select(gone_chats.c.thread_id).where(gone_chats.c.thread_id.in_(names)))
    query = select(elements.c.object_key, elements.c.bytes).where(elements.c.thread_id.in_(names))
    rows = connection.execute(query.where(elements.c.object_key.is_not(None))).all()
    return {*alive, *gone}, {str(row.object_key): int(row.bytes) for row in rows}


def _clean(folder: Path, chats: Set[str], sizes: Mapping[str, int], now_s: float) -> tuple[int, dict[str, int]]:
    """Delete what has no row and is no longer new; gives how many files, and the sizes that the rows do not have."""
    deleted, missing = 0, dict[str, int]()
    for key, path in _files(folder, chats):
        with suppress(OSError):
            found = path.stat()
            if key in sizes:
                if not sizes[key] and found.st_size:
                    missing[key] = found.st_size
            elif found.st_mtime < now_s - GRACE_S:
                path.unlink()
                deleted += 1
    for chat in chats:
        with suppress(OSError):  # files are left in it
            (folder / chat).rmdir()
    return deleted, missing


def _files(folder: Path, chats: Set[str]) -> Iterator[tuple[str, Path]]:
    for chat in chats:
        with suppress(OSError):
            yield from ((f"{chat}/{path.name}", path) for path in list((folder / chat).iterdir()))


def _add_sizes(sizes: Mapping[str, int], connection: Connection) -> None:
    for key, count_bytes in sizes.items():
        connection.execute(update(elements).where(elements.c.object_key == key).values(bytes=count_bytes))
