"""What a turn writes of its history: each message once, and at each event only what is new, however long the chat."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.session import HTTPSession
from chainlit.user import User
from sqlalchemy import event

from agent.history import History
from tools.base import ToolCall, ToolResult
from web.chat.saved_chats import SavedChats
from web.chat.state import ChatState
from web.store import histories

CALL, RESULT = ToolCall("c1", "calculate", '{"expression": "1+1"}'), ToolResult("c1", "2", "2")


@dataclass
class Cost:
    """What was done in the app's thread, and in the database's."""

    function_calls: int = 0
    statements: int = 0
    written: list[str] = field(default_factory=list)  # the messages of the history, as they were sent to the database

    def __str__(self) -> str:
        return f"{self.function_calls} calls, {self.statements} statements, {sum(map(len, self.written))} bytes"


@pytest.fixture
async def saved_chats(saved_chats: SavedChats) -> SavedChats:
    await open_page(saved_chats, "t1")
    return saved_chats


async def open_page(saved_chats: SavedChats, thread_id: str) -> None:
    """Go on in the page of a chat in which somebody has asked."""
    session = HTTPSession(id=f"page of {thread_id}", client_type="webapp", thread_id=thread_id)
    session.has_first_interaction = True
    context_var.set(ChainlitContext(session))
    user = await saved_chats.layer.create_user(User("local"))
    assert user
    await saved_chats.layer.update_thread(thread_id, "1+1?", user.id)


def chat_of(messages: int) -> tuple[ChatState, History]:
    """A chat that has so many messages, and its history with a question more."""
    history = History()
    for number in range(0, messages, 2):
        history.add_user(f"{number}+1?", f"m{number}")
        history.add_assistant(f"It is {number + 1}. " * 20)
    chat = ChatState()
    chat.history = history.to_json()
    history.add_user("1+1?", "last")
    return chat, history


@asynccontextmanager
async def written_to(saved_chats: SavedChats) -> AsyncIterator[Cost]:
    """The statements from here on; all that was asked for is written in the end."""
    cost, engine = Cost(), saved_chats.database._state.engine

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        cost.statements += 1
        if statement.startswith("INSERT INTO history_messages"):
            rows = parameters if isinstance(parameters, list) else [parameters]
            cost.written += [row[-1] for row in rows]

    await settle(saved_chats)
    event.listen(engine, "before_cursor_execute", note)
    yield cost
    await settle(saved_chats)
    event.remove(engine, "before_cursor_execute", note)


async def settle(saved_chats: SavedChats) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
        await saved_chats.database.write(lambda _: None)


@contextmanager
def counted(cost: Cost) -> Iterator[None]:
    """Counts each function that begins here, those of C too."""

    def note(_: Any, what: str, __: Any) -> None:
        cost.function_calls += what in ("call", "c_call")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


async def cost_of_event(saved_chats: SavedChats, messages: int, add: Callable[[History], None]) -> Cost:
    """What an event costs in a chat that has so many messages."""
    await open_page(saved_chats, f"chat of {messages}")
    chat, history = chat_of(messages)
    async with saved_chats.turn(chat, history) as save_new:
        await settle(saved_chats)
        add(history)
        async with written_to(saved_chats) as cost:
            with counted(cost):
                save_new()
                for _ in range(3):  # until it waits to be written
                    await asyncio.sleep(0)
    return cost


@pytest.mark.parametrize(
    "add",
    [lambda history: history.add_assistant("", [CALL]), lambda history: None],
    ids=["a message", "a word"],
)
async def test_an_event_costs_as_much_in_a_long_chat_as_in_a_short_one(saved_chats: SavedChats, add: Any) -> None:
    _, short, long = [await cost_of_event(saved_chats, messages, add) for messages in (4, 2, 200)]  # one fills caches
    assert str(short) == str(long)


async def test_each_message_is_written_once(saved_chats: SavedChats) -> None:
    chat, history = chat_of(4)
    async with written_to(saved_chats) as cost, saved_chats.turn(chat, history) as save_new:
        for add in (
            lambda: history.add_assistant("", [CALL]),
            lambda: history.add_result(RESULT),
            lambda: history.add_assistant("It is 2."),
        ):
            add()
            save_new()
            save_new()  # a word more changes nothing
    assert len(cost.written) == len(history.messages) == 8
    kept = await histories.load(saved_chats.database, "t1")
    assert kept
    assert (kept.history, kept.is_open) == (history.to_json(), False)


async def test_a_question_that_was_taken_back_is_not_kept_and_the_next_takes_its_place(saved_chats: SavedChats) -> None:
    chat, history = chat_of(2)
    async with saved_chats.turn(chat, history):
        history.take_back()  # it is too long, say
    for question in ("2+2?", "3+3?"):
        history = History.from_json(chat.history)
        history.add_user(question, question)
        async with saved_chats.turn(chat, history):
            history.add_assistant("It is more.")
    await settle(saved_chats)
    kept = await histories.load(saved_chats.database, "t1")
    assert kept
    said = [message["content"] for message in kept.history["messages"]]
    assert said[2:] == ["2+2?", "It is more.", "3+3?", "It is more."]


def test_what_another_turn_wrote_meanwhile_is_seen_by_the_last_message_that_both_have() -> None:
    chat, history = chat_of(4)
    chat.write(history)
    other = History.from_json(chat.history)  # without the question
    other.add_user("2+2?", "other")
    other.add_assistant("It is 4.")
    change = chat.write(other)
    assert (change.stay, [message["content"] for message in change.new]) == (4, ["2+2?", "It is 4."])
    assert change.messages() == other.to_json()["messages"]


async def test_an_open_chat_has_a_turn_when_it_is_over(saved_chats: SavedChats) -> None:
    chat, history = chat_of(2)
    before = chat.history
    async with saved_chats.turn(chat, history) as save_new:
        history.add_assistant("", [CALL])
        save_new()
        assert chat.history == before  # an export has no question that is not answered
        history.add_result(RESULT)
        history.add_assistant("It is 2.")
    assert chat.history == history.to_json()


async def test_a_question_that_is_asked_again_takes_the_place_of_what_followed_it(saved_chats: SavedChats) -> None:
    chat, history = chat_of(2)
    async with saved_chats.turn(chat, history):
        history.add_assistant("It is 3.")
    history = History.from_json(chat.history)
    assert history.cut("m0")
    await saved_chats._save(chat, history, 0, is_open=False)
    history.add_user("2+2?", "m0")
    async with written_to(saved_chats) as cost, saved_chats.turn(chat, history):
        history.add_assistant("It is 4.")
    assert len(cost.written) == 2
    kept = await histories.load(saved_chats.database, "t1")
    assert kept
    assert [message["content"] for message in kept.history["messages"]] == ["2+2?", "It is 4."]
