"""Kept chats without a browser: what a turn leaves in the database, and what becomes of one that was killed."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import chainlit as cl
import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.user import PersistedUser, User
from chainlit.user_session import user_sessions
from chainlit.utils import utc_now
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from agent.errors import DatabaseAway, StoreError
from agent.history import History
from tests.web.chat.conftest import Visitors
from tools.base import ToolCall, ToolResult
from web.chat import state, unsaved
from web.chat.saved_chats import SavedChats
from web.chat.transcript_routes import TranscriptRoutes
from web.render import notices
from web.store import histories
from web.store.transcripts import from_json, to_json
from web.texts import CHINESE, ENGLISH

CALL = ToolCall("c1", "get_current_weather", '{"city": "广州"}')


class Page(BaseChainlitEmitter):
    """Notes the toasts that it shows."""

    def __init__(self, session: HTTPSession) -> None:
        super().__init__(session)
        self.toasts: list[str] = []

    async def send_toast(self, message: str, type: Any = "info") -> None:
        self.toasts.append(message)


async def begin(saved_chats: SavedChats, thread_id: str = "t1") -> Page:
    """Open a page in which somebody has written, inside of the test's own task."""
    session = HTTPSession(id=f"page of {thread_id}", client_type="webapp", thread_id=thread_id)
    session.has_first_interaction = True
    page = Page(session)
    context_var.set(ChainlitContext(session, page))
    user = await saved_chats.layer.create_user(User("local"))
    assert user
    await saved_chats.layer.update_thread(thread_id, "Weather?", user.id)
    return page


async def draw(saved_chats: SavedChats, name: str, kind: str, output: str = "", **fields: Any) -> None:
    times = {"createdAt": utc_now(), "start": utc_now(), "end": utc_now()}
    step = (
        {"id": name, "threadId": "t1", "type": kind, "name": name, "output": output, "parentId": None} | times | fields
    )
    await saved_chats.layer.save_step(step)


async def reopen(saved_chats: SavedChats, texts: Any = ENGLISH) -> tuple[state.ChatState, list[tuple[str, str, str]]]:
    """The chat as another process finds it, and (type, name, text) of what its page shows."""
    user_sessions.clear()
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    chat = await saved_chats.open(texts, thread)
    return chat, [(step["type"], step["name"], step["output"]) for step in thread["steps"]]


def asked(question: str = "Weather?", message_id: str = "m1") -> History:
    history = History()
    history.add_user(question, message_id)
    return history


def a_call(history: History) -> None:
    history.add_assistant("", [CALL])


def a_turn(history: History) -> None:
    a_call(history)
    history.add_result(ToolResult("c1", "21", "21"))
    history.add_assistant("It is 21 °C.")


async def test_a_turn_that_ended_is_found_whole_and_closed(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    chat, history = state.ChatState(), asked()
    async with saved_chats.turn(chat, history):
        a_turn(history)
    found, _ = await reopen(saved_chats)
    assert found.history == chat.history == history.to_json()
    kept = await histories.load(saved_chats.database, "t1")
    assert kept
    assert not kept.is_open


async def test_a_turn_that_broke_is_closed_too(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    chat, history = state.ChatState(), asked()

    async def break_off() -> None:
        async with saved_chats.turn(chat, history):
            history.close_turn()
            raise KeyError("broken")

    with pytest.raises(KeyError):
        await break_off()
    found, shown = await reopen(saved_chats)
    assert [message["content"] for message in found.history["messages"]] == ["Weather?", "(stopped)"]
    assert shown == []


async def test_the_end_of_a_turn_is_kept_also_where_its_waiting_for_the_database_is_cancelled(
    saved_chats: SavedChats,
) -> None:
    await begin(saved_chats)

    async def answer() -> None:
        history = asked()
        async with saved_chats.turn(state.ChatState(), history):
            a_turn(history)

    slow = asyncio.create_task(saved_chats.database.write(lambda _: time.sleep(0.3)))
    await asyncio.sleep(0)
    turn = asyncio.create_task(answer())
    await asyncio.sleep(0.1)
    turn.cancel()
    await asyncio.wait([turn, slow])
    assert await roles(saved_chats) == (False, ["user", "assistant", "tool", "assistant"])


async def test_a_question_is_kept_before_anything_is_answered_and_then_each_message(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    history = asked()
    async with saved_chats.turn(state.ChatState(), history) as save_new:
        assert await roles(saved_chats) == (True, ["user"])
        a_call(history)
        save_new()
        assert await roles(saved_chats) == (True, ["user", "assistant"])
        history.add_result(ToolResult("c1", "21", "21"))
        save_new()
        assert await roles(saved_chats) == (True, ["user", "assistant", "tool"])
        history.add_assistant("It is 21 °C.")
        save_new()
    assert await roles(saved_chats) == (False, ["user", "assistant", "tool", "assistant"])


async def test_a_line_that_comes_and_goes_is_not_saved(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    await notices.send("Stopped.")
    await notices.send_passing("Your link has ended.")
    async with notices.progress("Loading…"):
        pass
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})  # Chainlit saves beside what shows
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    assert [step["name"] for step in thread["steps"]] == ["Stopped."]


async def roles(saved_chats: SavedChats) -> tuple[bool, list[str]]:
    """What of a history is kept, once all is written that was asked for; and whether its turn goes on."""
    await asyncio.sleep(0)
    await saved_chats.database.write(lambda _: None)
    kept = await histories.load(saved_chats.database, "t1")
    assert kept
    return kept.is_open, [message["role"] for message in kept.history["messages"]]


async def test_an_answer_that_was_cut_is_the_answer_and_a_line_says_so(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    history = asked("A story, please")
    await histories.save(saved_chats.database, "t1", state.ChatState().write(history), is_open=True, keeps=0)
    await draw(saved_chats, "m1", "user_message", "A story, please")
    await draw(saved_chats, "on_message", "run", parentId="m1", end=None)
    await draw(saved_chats, "answer", "assistant_message", "Once upon a", parentId="on_message", streaming=True)
    found, shown = await reopen(saved_chats)
    assert [message["content"] for message in found.history["messages"]] == ["A story, please", "Once upon a"]
    assert shown[2:] == [("assistant_message", "answer", "Once upon a"), ("run", ENGLISH.ended_cut, "")]
    again, shown_again = await reopen(saved_chats)
    assert (again.history, shown_again) == (found.history, shown)
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    assert not any(step.get("streaming") for step in thread["steps"])
    assert all(step["end"] for step in thread["steps"])


async def test_thoughts_that_were_cut_count_no_more(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    history = asked("Why?")
    await histories.save(saved_chats.database, "t1", state.ChatState().write(history), is_open=True, keeps=0)
    await draw(saved_chats, "m1", "user_message", "Why?")
    await draw(saved_chats, "Thinking… 3 s", "run", "Hm", metadata={"icon": "brain"}, end=None)
    _, shown = await reopen(saved_chats, CHINESE)
    assert shown[1] == ("run", CHINESE.thoughts, "Hm")


async def test_a_chat_of_a_version_before_is_drawn_as_one_of_this(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    history = asked()
    history.add_assistant("Stopped.")
    await histories.save(saved_chats.database, "t1", state.ChatState().write(history), is_open=False, keeps=0)
    await draw(saved_chats, "m1", "user_message", "Weather?")
    await draw(saved_chats, "get_current_weather · <0.1 s", "tool", "{}")
    await draw(saved_chats, "a1", "assistant_message", "Stopped.")  # which the model has said
    await draw(saved_chats, "a2", "assistant_message", "已停止。")
    await draw(saved_chats, "a3", "assistant_message", "It broke.", isError=True)
    _, shown = await reopen(saved_chats, CHINESE)
    assert shown[1:] == [
        ("tool", "天气", "{}"),
        ("assistant_message", "a1", "Stopped."),
        ("run", "已停止。", ""),
        ("run", "It broke.", ""),
    ]


async def test_a_call_that_was_cut_is_shown_and_answered_as_stopped(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    history = asked()
    a_call(history)
    await histories.save(saved_chats.database, "t1", state.ChatState().write(history), is_open=True, keeps=0)
    await draw(saved_chats, "m1", "user_message", "Weather?")
    await draw(saved_chats, "get_current_weather", "tool", end=None)
    found, shown = await reopen(saved_chats, CHINESE)
    assert shown[1] == ("tool", "天气 · 已停止", "")
    assert shown[2][1] == CHINESE.ended_cut
    assert [message["role"] for message in found.history["messages"]] == ["user", "assistant", "tool", "assistant"]
    History.from_json(found.history).add_user("and now?", "m2")


async def test_a_chat_that_is_open_in_this_process_is_the_same_one(
    saved_chats: SavedChats, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await begin(saved_chats)
    monkeypatch.setattr(state, "ws_sessions_id", {page.session.id: page.session})
    chat = await saved_chats.open(ENGLISH)
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    assert await saved_chats.open(ENGLISH, thread) is chat


async def test_two_pages_that_open_a_chat_at_once_have_one_state(
    saved_chats: SavedChats, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(saved_chats)
    history = asked("A story, please")
    killed = state.ChatState().write(history)  # the process was killed after this
    await histories.save(saved_chats.database, "t1", killed, is_open=True, keeps=0)
    await draw(saved_chats, "m1", "user_message", "A story, please")
    await draw(saved_chats, "answer", "assistant_message", "Once upon a", streaming=True)
    sessions: dict[str, HTTPSession] = {}
    monkeypatch.setattr(state, "ws_sessions_id", sessions)

    async def open_page(name: str) -> tuple[state.ChatState, list[str]]:
        sessions[name] = HTTPSession(id=name, client_type="webapp", thread_id="t1")
        context_var.set(ChainlitContext(sessions[name], Page(sessions[name])))
        thread = await saved_chats.layer.get_thread("t1")
        assert thread
        chat = await saved_chats.open(ENGLISH, thread)
        return chat, [step["output"] or step["name"] for step in thread["steps"] if not step.get("streaming")]

    (first, shown), (second, shown_too) = await asyncio.gather(open_page("one"), open_page("two"))
    assert first is second
    assert shown == shown_too == ["A story, please", "Once upon a", ENGLISH.ended_cut]


async def test_a_message_of_a_chat_that_was_opened_again_gets_its_files_back_for_an_edit(
    saved_chats: SavedChats, tmp_path: Path
) -> None:
    await begin(saved_chats)
    await draw(saved_chats, "m1", "user_message", "What is in it?")
    (tmp_path / "upload").write_bytes(b"the notes")
    await cl.File(name="notes.txt", path=str(tmp_path / "upload")).send(for_id="m1")
    cl.chat_context.add(cl.Message("What is in it?", id="m1", type="user_message"))
    assert await saved_chats.cut("m1") == []
    (message,) = cl.chat_context.get()
    assert [(file.name, Path(file.path or "").read_bytes()) for file in message.elements] == [
        ("notes.txt", b"the notes")
    ]


async def test_an_edit_of_the_first_question_leaves_the_line_that_stands_before_it(saved_chats: SavedChats) -> None:
    await begin(saved_chats)
    early, asked, late = (f"2026-11-22T10:00:0{second}Z" for second in range(3))
    await draw(saved_chats, "m1", "user_message", "Weather?", createdAt=asked)
    await draw(saved_chats, "about", "run", createdAt=early)  # shown before the question, and kept after it
    await draw(saved_chats, "answer", "assistant_message", "It is 21 °C.", createdAt=late)
    cl.chat_context.add(cl.Message("Weather?", id="m1", type="user_message"))
    assert await saved_chats.cut("m1") == ["answer"]
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    assert [step["id"] for step in thread["steps"]] == ["about", "m1"]


async def test_a_turn_goes_on_where_the_database_is_gone_and_the_page_says_so(saved_chats: SavedChats) -> None:
    page = await begin(saved_chats)
    chat, history = state.ChatState(), asked()
    async with saved_chats.turn(chat, history) as save_new:
        assert await roles(saved_chats) == (True, ["user"])
        await saved_chats.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE history_messages"))
        a_call(history)
        save_new()
        save_new()  # nothing new: it is not tried again
        history.close_turn()
    assert chat.history == history.to_json()
    assert page.toasts == [ENGLISH.not_saved] * 2


@pytest.mark.parametrize("table", ["histories", "history_messages", "steps"])
async def test_a_chat_that_cannot_be_read_is_neither_cut_nor_taken_for_a_new_one(
    saved_chats: SavedChats, table: str
) -> None:
    async def alter(before: str, after: str) -> None:
        rename = f"ALTER TABLE {before} RENAME TO {after}"
        await saved_chats.database.write(lambda connection: connection.exec_driver_sql(rename))

    await begin(saved_chats)
    history = asked()
    async with saved_chats.turn(state.ChatState(), history):
        a_turn(history)
    await draw(saved_chats, "m1", "user_message", "Weather?")
    user_sessions.clear()
    await alter(table, "away")
    with pytest.raises(StoreError) as refusal:
        await saved_chats.cut("m1")
    assert refusal.value.in_language("zh") == CHINESE.chat_unread
    await alter("away", table)
    user_sessions.clear()
    assert (await saved_chats.open(ENGLISH)).history == history.to_json()


async def test_settings_are_kept_with_each_turn(saved_chats: SavedChats) -> None:
    page = await begin(saved_chats)
    page.session.chat_settings = {"top_p": 0.5}
    page.session.chat_profile = "assistant"
    async with saved_chats.turn(state.ChatState(), asked()):
        pass
    thread = await saved_chats.layer.get_thread("t1")
    assert thread
    kept = thread["metadata"] or {}
    assert (kept["chat_settings"], kept["chat_profile"]) == ({"top_p": 0.5}, "assistant")


@pytest.fixture
async def locked(saved_chats: SavedChats, tmp_path: Path) -> AsyncIterator[sqlite3.Connection]:
    """The database while another process writes to it and does not end."""
    with closing(sqlite3.connect(tmp_path / "chats.db", isolation_level=None)) as other:
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


async def take_turn(saved_chats: SavedChats, chat: state.ChatState, question: str) -> float:
    """Answer a question, and draw it; gives the seconds from the answer to the end of the turn."""
    history = History.from_json(chat.history)
    await cl.Message(question, type="user_message", id=question).send()
    history.add_user(question, question)
    async with saved_chats.turn(chat, history) as save_new:
        history.add_assistant(f"about {question}")
        save_new()
        answered_at = time.monotonic()
    await cl.Message(f"about {question}").send()
    return time.monotonic() - answered_at


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_turns_end_soon_while_the_database_is_locked_and_are_kept_in_order_then(
    saved_chats: SavedChats, locked: sqlite3.Connection
) -> None:
    page, chat = await begin(saved_chats), state.ChatState()
    locked.execute("BEGIN IMMEDIATE")
    assert await take_turn(saved_chats, chat, "one") < 5
    assert await take_turn(saved_chats, chat, "two") < 1  # it is known now
    await until(lambda: bool(page.toasts))
    assert page.toasts == [ENGLISH.not_saved_yet]
    assert unsaved.is_unsaved(page.session)
    with pytest.raises(DatabaseAway):  # what is kept of it is not all that there is
        async with asyncio.timeout(10):
            await saved_chats.cut("one")
    locked.execute("ROLLBACK")
    await until(lambda: page.toasts[1:] == [ENGLISH.saved_at_last])
    assert not unsaved.is_unsaved(page.session)
    found, shown = await reopen(saved_chats)
    assert [message["content"] for message in found.history["messages"]] == ["one", "about one", "two", "about two"]
    assert [text for _, _, text in shown] == ["one", "about one", "two", "about two"]


@pytest.mark.slow
async def test_a_chat_that_is_deleted_before_its_late_writes_come_stays_deleted(
    saved_chats: SavedChats, locked: sqlite3.Connection
) -> None:
    page, chat = await begin(saved_chats), state.ChatState()
    locked.execute("BEGIN IMMEDIATE")
    await take_turn(saved_chats, chat, "one")
    deleting = asyncio.create_task(saved_chats.layer.delete_thread("t1"))
    await asyncio.sleep(0)
    await take_turn(saved_chats, chat, "two")  # by a page that has not heard of it
    locked.execute("ROLLBACK")
    await deleting
    await until(lambda: not unsaved.is_unsaved(page.session))
    assert await saved_chats.layer.get_thread("t1") is None
    assert await histories.load(saved_chats.database, "t1") is None


async def test_a_chat_that_is_not_kept_is_exported_as_it_is_open(
    saved_chats: SavedChats, locked: sqlite3.Connection, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, chat = await begin(saved_chats), state.ChatState()
    user = await saved_chats.layer.get_user("local")
    assert user
    page.session.user = user
    monkeypatch.setattr(state, "ws_sessions_id", {page.session.id: page.session})
    cl.user_session.set("chat", chat)
    locked.execute("BEGIN IMMEDIATE")
    await take_turn(saved_chats, chat, "one")
    await until(lambda: unsaved.is_unsaved(page.session))
    routes = TranscriptRoutes(saved_chats, visitors)
    transcript = await routes.find(user, "t1")
    copy = from_json(to_json(transcript))
    assert [step["output"] for step in copy.thread["steps"]] == ["one", "about one"]
    assert [message["content"] for message in copy.history["messages"]] == ["one", "about one"]
    with pytest.raises(HTTPException):
        await routes.find(PersistedUser(id="2", identifier="ben", createdAt=""), "t1")


async def test_who_was_here_before_is_known_while_the_database_is_away(saved_chats: SavedChats, tmp_path: Path) -> None:
    await begin(saved_chats)
    saved_chats.database._state.engine.dispose()
    database, away = tmp_path / "chats.db", tmp_path / "away"
    database.rename(away)
    (tmp_path / "chats.db-wal").unlink(missing_ok=True)
    database.mkdir()  # SQLite can open none there
    known = await saved_chats.layer.get_user("local")
    assert known
    assert known.identifier == "local"
    with pytest.raises(OperationalError):
        await saved_chats.layer.get_user("a stranger")
    database.rmdir()
    away.rename(database)
