"""The model's side of kept chats, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event, insert

from agent.history import History
from tools.base import ToolCall, ToolResult
from web.store import histories
from web.store.database import Database
from web.store.histories import Change, SavedHistory
from web.store.tables import threads


@pytest.fixture
async def chat(database: Database) -> str:
    row = {"id": "chat", "created_at": "2026-11-22T10:00:00Z", "tags": [], "metadata": {}}
    await database.write(lambda connection: connection.execute(insert(threads).values(row)))
    return "chat"


def a_turn(history: History, number: int = 1) -> History:
    history.add_user(f"Weather in 广州? {number}", f"m{number}")
    call = ToolCall(f"c{number}", "get_current_weather", '{"city": "广州"}')
    history.add_assistant("", [call])
    history.add_result(ToolResult(call.id, '{"temperature_c": 21}', "21"))
    history.add_assistant("It is 21 °C.")
    return history


def change(history: Any, written: Sequence[Any] = ()) -> Change:
    """What the history in its JSON form has become since it was `written`."""
    stay = min(len(written), len(history["messages"]))
    return Change(written, stay, history["messages"][stay:], {"start": history["start"]})


async def test_a_history_comes_back_with_its_calls_and_results(database: Database, chat: str) -> None:
    history = a_turn(History()).to_json()
    await histories.save(database, chat, change(history), is_open=True, keeps=0)
    assert await histories.load(database, chat) == SavedHistory(history, is_open=True)
    assert History.from_json(history).to_json() == history


async def test_a_chat_without_a_history_has_none(database: Database, chat: str) -> None:
    assert await histories.load(database, chat) is None


async def test_a_turn_writes_what_it_adds(database: Database, chat: str) -> None:
    history = a_turn(History())
    await histories.save(database, chat, change(history.to_json()), is_open=False, keeps=0)
    written = history.to_json()["messages"]
    inserted: list[Any] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "INSERT INTO history_messages" in statement:
            inserted.append(parameters)

    event.listen(database._state.engine, "before_cursor_execute", note)
    await histories.save(database, chat, change(a_turn(history, 2).to_json(), written), is_open=False, keeps=0)
    assert sum(len(rows) for rows in inserted) == 4
    assert await histories.load(database, chat) == SavedHistory(history.to_json(), is_open=False)


async def test_a_cut_history_forgets_what_followed(database: Database, chat: str) -> None:
    history = a_turn(a_turn(History()), 2)
    await histories.save(database, chat, change(history.to_json()), is_open=False, keeps=0)
    written = history.to_json()["messages"]
    history.cut("m2")
    await histories.save(database, chat, change(history.to_json(), written), is_open=False, keeps=0)
    written = history.to_json()["messages"]
    history.add_user("and in Paris?", "m2")
    await histories.save(database, chat, change(history.to_json(), written), is_open=True, keeps=0)
    assert await histories.load(database, chat) == SavedHistory(history.to_json(), is_open=True)


async def test_what_an_open_chat_does_not_know_of_is_never_forgotten(database: Database, chat: str) -> None:
    kept = a_turn(a_turn(History()), 2).to_json()
    await histories.save(database, chat, change(kept), is_open=False, keeps=0)
    unaware = History()
    unaware.add_user("and in Paris?", "m3")
    await histories.save(database, chat, change(unaware.to_json()), is_open=True, keeps=0)
    written = unaware.to_json()["messages"]
    unaware.add_assistant("It is 19 °C.")
    await histories.save(database, chat, change(unaware.to_json(), written), is_open=False, keeps=0)
    found = await histories.load(database, chat)
    assert found
    assert found.history["messages"] == kept["messages"] + unaware.to_json()["messages"]


async def test_a_turn_takes_its_own_question_back_and_nothing_else(database: Database, chat: str) -> None:
    history = a_turn(History())
    await histories.save(database, chat, change(history.to_json()), is_open=False, keeps=0)
    written = history.to_json()["messages"]
    history.add_user("far too long", "m2")
    await histories.save(database, chat, change(history.to_json(), written), is_open=True, keeps=4)
    written = history.to_json()["messages"]
    history.take_back()
    await histories.save(database, chat, change(history.to_json(), written), is_open=False, keeps=4)
    written = history.to_json()["messages"]
    assert await histories.load(database, chat) == SavedHistory(history.to_json(), is_open=False)
    short = History(history.messages[:2]).to_json()
    with pytest.raises(ValueError, match="message 2 of the 4 that stay"):
        await histories.save(database, chat, change(short, written), is_open=False, keeps=4)
    assert await histories.load(database, chat) == SavedHistory(history.to_json(), is_open=False)


@pytest.mark.parametrize("known", range(5))
async def test_what_was_written_without_its_asker_learning_of_it_is_not_written_twice(
    database: Database, chat: str, known: int
) -> None:
    history = a_turn(History())
    messages = history.to_json()["messages"]
    await histories.save(database, chat, change(history.to_json()), is_open=True, keeps=0)
    longer = a_turn(history, 2).to_json()
    await histories.save(database, chat, change(longer, messages[:known]), is_open=False, keeps=0)
    assert await histories.load(database, chat) == SavedHistory(longer, is_open=False)


async def test_a_deleted_chat_gets_no_history(database: Database) -> None:
    await histories.save(database, "gone", change(a_turn(History()).to_json()), is_open=False, keeps=0)
    assert await histories.load(database, "gone") is None
