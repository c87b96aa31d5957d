"""What the database adds up by itself is what a count would find, whatever was written, on both databases."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import chainlit as cl
import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.types import Feedback
from chainlit.user import PersistedUser, User
from sqlalchemy import Connection, Text, cast, delete, func, select, text

from web.store import histories
from web.store.data_layer import MAX_COMMENT, DataLayer
from web.store.database import Database
from web.store.files import Files
from web.store.tables import accounts, elements, feedbacks, history_messages, steps, threads, users

WORDS = ["", "plain", "汉字和 emoji 🙂", "a\0b", "half \ud83d", "x" * 5000]


def size(connection: Connection, column: Any) -> Any:
    if connection.dialect.name == "sqlite":
        return func.coalesce(func.length(text(f"CAST({column} AS BLOB)")), 0)
    return func.coalesce(func.octet_length(cast(column, Text)), 0)


def counted(connection: Connection) -> dict[str, tuple[int, int]]:
    """(chats, bytes) of each user, counted one by one."""
    found: dict[str, tuple[int, int]] = {}
    for user in connection.scalars(select(users.c.id)).all():
        chats = connection.scalars(select(threads.c.id).where(threads.c.user_id == user)).all()
        total = 0
        for table, columns in (
            (threads, (threads.c.name, threads.c.metadata)),
            (steps, (steps.c.output, steps.c.fields)),
            (elements, (elements.c.fields,)),
            (history_messages, (history_messages.c.message,)),
        ):
            here = (threads.c.id if table is threads else table.c.thread_id).in_(chats)
            for column in columns:
                total += int(connection.scalar(select(func.sum(size(connection, column))).where(here)) or 0)
        total += int(connection.scalar(select(func.sum(elements.c.bytes)).where(elements.c.thread_id.in_(chats))) or 0)
        found[str(user)] = len(chats), total
    return found


def summed(connection: Connection) -> dict[str, tuple[int, int]]:
    rows = connection.execute(select(accounts.c.user_id, accounts.c.chats, accounts.c.bytes))
    return {str(row.user_id): (row.chats, row.bytes) for row in rows}


async def no_loss() -> None:
    raise AssertionError


def enter(thread_id: str) -> None:
    session = HTTPSession(id=f"session of {thread_id}", client_type="webapp", thread_id=thread_id)
    context_var.set(ChainlitContext(session, BaseChainlitEmitter(session)))


@pytest.mark.parametrize("seed", [1])
async def test_sums_are_right_after_anything_that_is_written(database: Database, tmp_path: Path, seed: int) -> None:
    layer, dice = DataLayer(database, Files(tmp_path / "files", "/kept/{key}"), no_loss), random.Random(seed)
    people = [await layer.create_user(User(name)) for name in ("ada", "bob")]
    chats, said = list[str](), list[tuple[str, str]]()

    async def new_chat() -> None:
        person = dice.choice(people)
        assert isinstance(person, PersistedUser)
        chats.append(f"t{len(chats)}")
        await layer.update_thread(chats[-1], name=dice.choice(WORDS), user_id=person.id, tags=["a"])

    async def rename() -> None:
        await layer.update_thread(dice.choice(chats), name=dice.choice(WORDS), metadata={"key": dice.choice(WORDS)})

    async def say() -> None:
        said.append((dice.choice(chats), f"s{len(said)}"))
        await change(said[-1])

    async def change(which: tuple[str, str] | None = None) -> None:
        chat, step = which or dice.choice(said)
        words = {"input": dice.choice(WORDS), "metadata": {"a": dice.choice(WORDS)}}
        await layer.save_step({"id": step, "threadId": chat, "type": "run", "output": dice.choice(WORDS), **words})

    async def attach() -> None:
        chat, step = dice.choice(said)
        enter(chat)
        content = dice.choice(WORDS[1:3])
        await layer.create_element(cl.Text(name="a.txt", content=content, for_id=step, thread_id=chat))

    async def remember() -> None:
        chat = dice.choice(chats)
        kept = await histories.load(database, chat)
        messages = kept.history["messages"] if kept else []
        stay = dice.randint(0, len(messages))
        new = histories.Change(messages, stay, [{"content": dice.choice(WORDS[:3])}], {})
        await histories.save(database, chat, new, is_open=False, keeps=stay)

    async def forget_step() -> None:
        chat, step = dice.choice(said)
        enter(chat)
        await layer.delete_step(step)

    async def forget_after() -> None:
        await layer.forget_after(*dice.choice(said))

    async def forget_chat() -> None:
        if len(chats) > 3:
            await layer.delete_thread(dice.choice(chats))

    for _ in range(3):
        await new_chat()
        await say()
    for _ in range(80):
        does = (new_chat, rename, say, say, say, change, change, attach, attach, remember, remember, forget_step)
        await dice.choice((*does, forget_after, forget_chat))()
    expected = await database.read(counted)
    assert await database.read(summed) == expected
    assert max(count_bytes for _, count_bytes in expected.values()) > 1000
    await database.write(
        lambda connection: connection.execute(delete(users).where(users.c.identifier == "ada")).rowcount
    )
    assert len(await database.read(summed)) == 1
    for chat in chats:
        await layer.delete_thread(chat)
    assert list((await database.read(summed)).values()) == [(0, 0)]


async def test_a_file_counts_once_however_often_it_is_kept(database: Database, tmp_path: Path) -> None:
    layer = DataLayer(database, Files(tmp_path / "files", "/kept/{key}"), no_loss)
    ada = await layer.create_user(User("ada"))
    assert ada
    await layer.update_thread("t", name="t", user_id=ada.id)
    enter("t")
    (before,) = (await database.read(summed)).values()
    element = cl.File(name="a.bin", content=b"1" * 100_000, for_id="s", thread_id="t")
    for _ in range(3):
        await layer.create_element(element)
    (after,) = (await database.read(summed)).values()
    assert 100_000 < after[1] - before[1] < 101_000
    await layer.delete_element(element.id)
    assert list((await database.read(summed)).values()) == [before]


async def test_what_is_said_with_a_thumb_is_not_endless(database: Database, tmp_path: Path) -> None:
    layer = DataLayer(database, Files(tmp_path / "files", "/kept/{key}"), no_loss)
    ada = await layer.create_user(User("ada"))
    assert ada
    await layer.update_thread("t", name="t", user_id=ada.id)
    await layer.save_step({"id": "s", "threadId": "t", "type": "run", "output": ""})
    for comment in ("x" * 1_000_000, "short", None):
        await layer.upsert_feedback(Feedback(forId="s", value=1, comment=comment))
        kept = await database.read(lambda connection: connection.scalar(select(feedbacks.c.comment)))
        assert kept == (comment and comment[:MAX_COMMENT])
