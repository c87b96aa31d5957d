"""What nobody can reach is deleted, and nothing else: files without rows, and guests whose link ended."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import chainlit as cl
import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.user import User
from sqlalchemy import URL, func, insert, select, update

from web.store.cleanup import GRACE_S, clean_files, clean_guests, watch
from web.store.data_layer import DataLayer
from web.store.database import Database, connect
from web.store.files import Files
from web.store.migrations import migrate
from web.store.tables import accounts, elements, gone_chats, links, threads, time_text, users

LONG_AGO_S = 10 * GRACE_S
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # but for one


class Kept:
    """A layer over a database and a folder, with chats that have files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.layer = DataLayer(database, Files(folder, "/kept/{key}"), self._lose)

    async def _lose(self) -> None:
        raise AssertionError

    async def chat(self, thread_id: str, name: str = "ada", link: int | None = None, files: int = 1) -> list[str]:
        """A chat with files that are no longer new; gives their keys."""
        user = await self.layer.create_user(User(name, metadata={} if link is None else {"link": link}))
        assert user
        await self.layer.update_thread(thread_id, name="a chat", user_id=user.id)
        session = HTTPSession(id=thread_id, client_type="webapp", thread_id=thread_id)
        context_var.set(ChainlitContext(session, BaseChainlitEmitter(session)))
        for number in range(files):
            one = cl.File(id=f"{thread_id}-{number}", name="a", content=b"123", for_id="s", thread_id=thread_id)
            await self.layer.create_element(one)
        self.grow_old()
        return [f"{thread_id}/{thread_id}-{number}" for number in range(files)]

    def put(self, key: str, content: bytes = b"123") -> str:
        """A file without a row, that is no longer new."""
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.grow_old()
        return key

    def grow_old(self) -> None:
        then = time.time() - LONG_AGO_S
        for path in self.folder.rglob("*"):
            os.utime(path, (then, then))

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    async def clean(self) -> int:
        return await clean_files(self.database, self.folder)

    async def count(self, table: object) -> int:
        query = select(func.count()).select_from(table)  # type: ignore[arg-type]
        return int(await self.database.read(lambda connection: connection.scalar(query)) or 0)


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Kept:
    return Kept(database, tmp_path / "files")


async def test_files_of_living_chats_stay(kept: Kept) -> None:
    keys = [key for number in range(60) for key in await kept.chat(f"t{number}", f"p{number % 3}", files=number % 4)]
    for _ in range(3):
        assert await kept.clean() == 0
    assert kept.files() == sorted(keys)


async def test_there_may_be_no_folder_and_no_files(kept: Kept) -> None:
    assert await kept.clean() == 0
    kept.folder.mkdir()
    (kept.folder / "not a chat").write_text("hello")
    kept.grow_old()
    assert (await kept.clean(), kept.files()) == (0, ["not a chat"])


async def leave_a_file_of_a_step(kept: Kept) -> None:
    await kept.chat("t1", files=2)
    await kept.layer.delete_element("t1-0")
    kept.put("t1/t1-0")


async def leave_what_was_half_written(kept: Kept) -> None:
    await kept.chat("t1", files=2)
    await kept.layer.delete_element("t1-0")
    kept.put("t1/t1-1.part")


async def leave_a_deleted_chat(kept: Kept) -> None:
    await kept.chat("t1", files=2)
    await kept.chat("t2")
    await kept.layer.delete_thread("t2")
    context_var.get().session.thread_id = "t1"
    await kept.layer.delete_element("t1-0")
    kept.put("t2/t2-0")
    kept.put("t2/e5.part")


async def leave_a_chat_that_was_deleted_elsewhere(kept: Kept) -> None:
    await kept.chat("t1", files=2)
    await kept.chat("t2", "bob", files=3)
    context_var.get().session.thread_id = "t1"
    await kept.layer.delete_element("t1-0")
    await kept.database.write(
        lambda connection: connection.execute(users.delete().where(users.c.identifier == "bob")).rowcount
    )


@pytest.mark.parametrize(
    "leave",
    [
        leave_a_file_of_a_step,
        leave_what_was_half_written,
        leave_a_deleted_chat,
        leave_a_chat_that_was_deleted_elsewhere,
    ],
)
async def test_what_has_no_row_goes_and_what_has_one_stays(
    kept: Kept, leave: Callable[[Kept], Awaitable[None]]
) -> None:
    await leave(kept)
    if "t1/t1-0" in kept.files():
        context_var.get().session.thread_id = "t1"
    assert await kept.clean() > 0
    assert [key for key in kept.files() if key != "t1/t1-1"] == []
    assert "t1/t1-1" in kept.files()
    assert await kept.clean() == 0
    assert await kept.count(gone_chats) == 0
    assert [path.name for path in kept.folder.iterdir()] == ["t1"]


async def test_a_file_that_is_just_being_kept_stays(kept: Kept) -> None:
    await kept.chat("t1")
    kept.put("t1/new")
    os.utime(kept.folder / "t1" / "new")
    assert await kept.clean() == 0
    assert await clean_files(kept.database, kept.folder, time.time() + GRACE_S + 5) == 1
    assert kept.files() == ["t1/t1-0"]


async def test_files_of_another_database_with_the_same_folder_stay(kept: Kept, tmp_path: Path) -> None:
    migrate(url := URL.create("sqlite", database=str(tmp_path / "other" / "chats.db")))
    other = Kept(connect(url), kept.folder)
    theirs = await other.chat("theirs", files=2)
    kept.put("unknown/e0")
    mine = await kept.chat("mine")
    await kept.layer.delete_thread((await kept.chat("gone"))[0].split("/")[0])
    for house in (kept, other):
        assert await house.clean() == 0
    assert kept.files() == sorted([*theirs, *mine, "unknown/e0"])
    await other.layer.delete_thread("theirs")
    await other.database.close()


async def test_a_chat_that_was_deleted_and_is_there_again_keeps_its_files(kept: Kept) -> None:
    await kept.chat("t1")
    await kept.layer.delete_thread("t1")
    (key,) = await kept.chat("t1")
    assert (await kept.clean(), kept.files()) == (0, [key])


async def test_several_processes_may_clean_at_once_while_files_come(kept: Kept) -> None:
    for number in range(20):
        await kept.chat(f"t{number}")
        kept.put(f"t{number}/lost")
    keys = list[str]()

    async def write() -> None:
        for number in range(30):
            session = HTTPSession(id=f"n{number}", client_type="webapp", thread_id=f"n{number}")
            context_var.set(ChainlitContext(session, BaseChainlitEmitter(session)))
            user = await kept.layer.create_user(User("ada"))
            assert user
            await kept.layer.update_thread(f"n{number}", name="n", user_id=user.id)
            one = cl.File(id=f"n{number}-0", name="a", content=b"1", for_id="s", thread_id=f"n{number}")
            await kept.layer.create_element(one)
            keys.append(f"n{number}/n{number}-0")

    await asyncio.gather(write(), *(kept.clean() for _ in range(4)))
    assert kept.files() == sorted([*keys, *(f"t{number}/t{number}-0" for number in range(20))])


async def test_sizes_of_files_from_before_they_were_counted_are_added(kept: Kept) -> None:
    await kept.chat("t1")
    await kept.database.write(lambda connection: connection.execute(update(elements).values(bytes=0)).rowcount)
    bytes_of = select(accounts.c.bytes)
    before = int(await kept.database.read(lambda connection: connection.scalar(bytes_of)) or 0)
    await kept.clean()
    assert await kept.database.read(lambda connection: connection.scalar(bytes_of)) == before + 3


async def make_link(database: Database, until: datetime, ended: datetime | None = None) -> int:
    row = {"token_hash": str(until), "made_at": "", "until": time_text(until), "turns": 1, "tokens": 1, "guests": 1}
    row["ended_at"] = ended and time_text(ended)
    adding = insert(links).values(row).returning(links.c.number)
    return int(await database.write(lambda connection: connection.scalar(adding)) or 0)


NOW = datetime.now(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("until", "ended", "has_files", "has_chats"),
    [
        (NOW + HOUR, None, True, True),
        (NOW - timedelta(seconds=GRACE_S - 60), None, True, True),
        (NOW - timedelta(seconds=GRACE_S + 60), None, False, True),
        (NOW + DAY, NOW - HOUR, False, True),
        (NOW + DAY, NOW - timedelta(minutes=1), True, True),
        (NOW - 6 * DAY, None, False, True),
        (NOW - 8 * DAY, None, False, False),
        (NOW + DAY, NOW - 8 * DAY, False, False),
    ],
)
async def test_the_files_of_guests_go_soon_after_their_link_and_their_chats_days_later(
    database: Database, tmp_path: Path, until: datetime, ended: datetime | None, has_files: bool, has_chats: bool
) -> None:
    kept = Kept(database, tmp_path / "files")
    open_link, link = await make_link(database, NOW + 9 * DAY), await make_link(database, until, ended)
    stays = [
        *await kept.chat("adas"),
        *await kept.chat("odd", "guestbook"),
        *await kept.chat("open", "guest-open", open_link),
    ]
    theirs = [key for number in range(3) for key in await kept.chat(f"g{number}", f"guest-{number}", link, files=2)]
    await clean_guests(database, 7, NOW)
    await kept.clean()
    assert kept.files() == sorted(stays + (theirs if has_files else []))
    assert await kept.count(threads) == 3 + 3 * has_chats
    assert await kept.count(users) == 3 + 3 * has_chats
    await clean_guests(database, 0, NOW)
    assert await kept.count(threads) == 3 + 3 * has_files


async def test_with_postgresql_it_is_the_same(
    new_database: Callable[..., URL], postgresql_template: str, tmp_path: Path, database_kind: str
) -> None:
    database = connect(new_database(postgresql_template))
    await test_several_processes_may_clean_at_once_while_files_come(Kept(database, tmp_path / "a"))
    await database.write(lambda connection: connection.execute(users.delete()).rowcount)
    long_over = NOW - 8 * DAY
    await test_the_files_of_guests_go_soon_after_their_link_and_their_chats_days_later(
        database, tmp_path, long_over, None, has_files=False, has_chats=False
    )
    await database.close()


async def test_what_fails_once_is_tried_again_and_holds_up_nothing(
    caplog: pytest.LogCaptureFixture, database_kind: str
) -> None:
    done, enough = list[str](), asyncio.Event()

    async def fail() -> None:
        done.append("failed")
        raise OSError("disk away")

    async def work() -> None:
        done.append("worked")
        if len(done) >= 6:
            enough.set()

    task = asyncio.create_task(watch(fail, work, first_after_s=0, every_s=0))
    await enough.wait()
    task.cancel()
    assert done[:6] == ["failed", "worked"] * 3
    assert "disk away" in caplog.text
