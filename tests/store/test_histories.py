"""The model's side of kept chats, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, insert

from agent.history import History
from store import histories
from store.database import Database
from store.histories import KeptHistory
from store.tables import threads
from tools.base import ToolCall, ToolResult


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


async def test_a_history_comes_back_with_its_calls_and_results(database: Database, chat: str) -> None:
    history = a_turn(History()).to_json()
    await histories.save(database, chat, history, [], is_open=True)
    assert await histories.load(database, chat) == KeptHistory(history, is_open=True)
    assert History.from_json(history).to_json() == history


async def test_a_chat_without_a_history_has_none(database: Database, chat: str) -> None:
    assert await histories.load(database, chat) is None


async def test_a_turn_writes_what_it_adds(database: Database, chat: str) -> None:
    history = a_turn(History())
    written = await histories.save(database, chat, history.to_json(), [], is_open=False)
    inserted: list[Any] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "INSERT INTO history_messages" in statement:
            inserted.append(parameters)

    event.listen(database._state.engine, "before_cursor_execute", note)
    await histories.save(database, chat, a_turn(history, 2).to_json(), written, is_open=False)
    assert sum(len(rows) for rows in inserted) == 4
    assert await histories.load(database, chat) == KeptHistory(history.to_json(), is_open=False)


async def test_a_cut_history_forgets_what_followed(database: Database, chat: str) -> None:
    history = a_turn(a_turn(History()), 2)
    written = await histories.save(database, chat, history.to_json(), [], is_open=False)
    history.cut("m2")
    written = await histories.save(database, chat, history.to_json(), written, is_open=False)
    history.add_user("and in Paris?", "m2")
    await histories.save(database, chat, history.to_json(), written, is_open=True)
    assert await histories.load(database, chat) == KeptHistory(history.to_json(), is_open=True)


async def test_whoever_does_not_know_what_is_written_may_write_all(database: Database, chat: str) -> None:
    await histories.save(database, chat, a_turn(a_turn(History()), 2).to_json(), [], is_open=False)
    short = a_turn(History(), 3).to_json()
    await histories.save(database, chat, short, [], is_open=False)
    assert await histories.load(database, chat) == KeptHistory(short, is_open=False)


async def test_a_deleted_chat_gets_no_history(database: Database) -> None:
    await histories.save(database, "gone", a_turn(History()).to_json(), [], is_open=False)
    assert await histories.load(database, "gone") is None
