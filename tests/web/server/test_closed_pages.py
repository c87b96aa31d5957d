"""Pages that are gone leave nothing behind: real sessions in Chainlit's own tables, connected by its own book."""

from __future__ import annotations

import asyncio
import gc
import math
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chainlit as cl
import pytest
from chainlit import server
from chainlit.chat_context import chat_contexts
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.session import WebsocketSession, ws_sessions_id, ws_sessions_sid
from chainlit.user_session import user_sessions

from web.chat import state, unsaved
from web.server import closed_pages

TABLES: tuple[dict[str, Any], ...] = (ws_sessions_id, ws_sessions_sid, user_sessions, chat_contexts)
GRACE_S, HOUR_S = 30.0, 3600.0


@pytest.fixture(autouse=True)
def empty_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config.project, "session_timeout", HOUR_S)
    for table in TABLES:
        table.clear()
    yield
    for table in TABLES:
        table.clear()


async def no_emit(*_: Any) -> None:
    """A page that takes what it gets."""


async def connect(session_id: str = "") -> WebsocketSession:
    """A page as Chainlit makes one: it has begun a chat, and shows a question and its answer."""
    sid = await server.sio.manager.connect(str(uuid.uuid4()), "/")
    session = WebsocketSession(
        id=session_id or str(uuid.uuid4()), socket_id=sid, emit=no_emit, emit_call=no_emit, user_env={},
        client_type="webapp",
    )  # fmt: skip
    session.has_first_interaction = True
    init_ws_context(session)
    cl.user_session.set("chat", state.ChatState())
    for kind in ("user_message", "assistant_message"):
        cl.chat_context.add(cl.Message("hello", type=kind))
    return session


async def leave(session: WebsocketSession) -> None:
    await server.sio.manager.disconnect(session.socket_id, "/")


async def free(after_s: float = 0, grace_s: float = GRACE_S) -> None:
    """What the watch does, `after_s` seconds after it has seen who left."""
    keeps_s = lambda session: state._keeps_s(session, grace_s)  # noqa: E731
    await closed_pages.free(keeps_s, state._forget)
    for session in ws_sessions_id.values():
        if (since := closed_pages.left_at.of(session)) is not None:
            closed_pages.left_at.set(session, since - after_s)
    await closed_pages.free(keeps_s, state._forget)


async def test_sixty_chats_that_were_opened_used_and_closed_leave_nothing() -> None:
    alive: list[weakref.ref[Any]] = []
    for _ in range(60):
        session = await connect()
        alive += [weakref.ref(one) for one in (session, state.current(), *cl.chat_context.get())]
        await leave(session)
        del session
    await free(GRACE_S + 1)
    init_ws_context(await connect())  # the context of the test itself held the last one
    gc.collect()
    assert [one() for one in alive if one() is not None] == []
    assert [len(table) for table in TABLES] == [1, 1, 1, 1]


async def test_a_page_that_is_open_or_was_a_moment_ago_loses_nothing() -> None:
    here, gone = await connect(), await connect()
    await leave(gone)
    await free(GRACE_S - 1)
    assert set(ws_sessions_id) == set(user_sessions) == set(chat_contexts) == {here.id, gone.id}
    gone.restore(await server.sio.manager.connect("again", "/"))  # it is back in time
    await free(GRACE_S + 1)
    await free(GRACE_S + 1)
    assert [len(messages) for messages in chat_contexts.values()] == [2, 2]


async def test_a_new_chat_in_the_same_page_frees_the_one_before_at_once() -> None:
    session = await connect()
    session.to_clear = True
    await leave(session)
    await free()
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]


async def test_a_turn_is_never_taken_away_from_under() -> None:
    session, may_end = await connect(), asyncio.Event()
    chat = state.current()
    assert chat

    async def answer() -> None:
        async with chat.turn():
            await may_end.wait()

    turn = asyncio.create_task(answer())
    await asyncio.sleep(0)
    session.to_clear = True
    await leave(session)
    await free(HOUR_S + 1)
    assert session.id in ws_sessions_id
    may_end.set()
    await turn
    await free()
    assert session.id not in ws_sessions_id


def has_unsent_file(session: WebsocketSession) -> None:
    session.files["f1"] = {"id": "f1", "name": "notes.txt"}
    unsaved.documents.of(session)["f1"] = {}


def has_own_settings(session: WebsocketSession) -> None:
    unsaved.has_own_settings.set(session, True)
    session.has_first_interaction = False


def is_late(session: WebsocketSession) -> None:
    unsaved.late_writes.of(session).add("a write")


def is_lost(session: WebsocketSession) -> None:
    unsaved.is_lost.set(session, True)


def has_a_deleted_chat(session: WebsocketSession) -> None:
    unsaved.is_chat_deleted.set(session, True)


@pytest.mark.parametrize("has", [has_unsent_file, has_own_settings, is_late, is_lost, has_a_deleted_chat])
async def test_what_is_nowhere_else_is_held_for_an_hour(has: Any) -> None:
    session = await connect()
    has(session)
    await leave(session)
    await free(GRACE_S + 1)
    assert session.id in chat_contexts
    await free(HOUR_S)
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]


def has_sent_its_file(session: WebsocketSession) -> None:
    has_unsent_file(session)
    file = cl.File(name="notes.txt", content=b"notes", chainlit_key="f1")
    cl.chat_context.add(cl.Message("read it", type="user_message", elements=[file]))


def has_a_plot(session: WebsocketSession) -> None:
    session.files["p1"] = {"id": "p1", "name": "plot"}


def has_settings_that_are_kept(session: WebsocketSession) -> None:
    unsaved.has_own_settings.set(session, True)


def has_never_asked(session: WebsocketSession) -> None:
    session.has_first_interaction = False


@pytest.mark.parametrize("has", [has_sent_its_file, has_a_plot, has_settings_that_are_kept, has_never_asked])
async def test_what_is_kept_or_made_anew_is_not_held(has: Any) -> None:
    session = await connect()
    has(session)
    await leave(session)
    await free(GRACE_S + 1)
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]


async def test_what_comes_back_into_the_tables_after_the_end_goes_too() -> None:
    session = await connect()
    await leave(session)
    await free(GRACE_S + 1)
    cl.user_session.get("chat")  # by a task that was still there
    cl.chat_context.get()
    assert user_sessions.keys() == chat_contexts.keys() == {session.id}
    await free()
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]


async def test_two_connections_of_one_page_at_once_leave_nothing() -> None:
    first, second = await connect("page"), await connect("page")
    await leave(first)
    await leave(second)
    await free(GRACE_S + 1)
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]


async def test_a_folder_that_cannot_be_deleted_keeps_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = await connect()
    (tmp_path / "files").write_text("no folder")
    monkeypatch.setattr("chainlit.session.shutil.rmtree", _refuse)
    monkeypatch.setattr(type(session), "files_dir", property(lambda _: tmp_path))
    await leave(session)
    await free(GRACE_S + 1)
    assert [len(table) for table in TABLES] == [0, 0, 0, 0]
    assert "were not deleted" in caplog.text


def _refuse(path: Path) -> None:
    raise PermissionError(path)


async def test_what_watches_for_a_page_ends_with_the_last_that_shows_its_chat() -> None:
    first, second = await connect(), await connect()
    chat = user_sessions[first.id]["chat"]
    user_sessions[second.id]["chat"], second.thread_id = chat, first.thread_id
    chat.watch(asyncio.sleep(math.inf))
    await leave(first)
    await free(GRACE_S + 1)
    await asyncio.sleep(0)
    assert not chat.watching.cancelled()
    await leave(second)
    await free(GRACE_S + 1)
    await asyncio.wait([chat.watching])
    assert chat.watching.cancelled()


async def test_who_says_something_and_leaves_at_once_is_heard() -> None:
    session, may_end = await connect(), asyncio.Event()

    async def hear(sid: str, said: str) -> None:
        await may_end.wait()
        session.current_task = asyncio.create_task(asyncio.sleep(0))

    hearing = asyncio.create_task(closed_pages.holding(hear)(session.socket_id, "hello"))
    await asyncio.sleep(0)
    session.to_clear = True
    await leave(session)
    await free(GRACE_S + 1)
    assert session.id in ws_sessions_id
    may_end.set()
    await hearing
    await free()
    assert session.id in ws_sessions_id  # it is about to be answered
    await session.current_task
    await free()
    assert session.id not in ws_sessions_id
