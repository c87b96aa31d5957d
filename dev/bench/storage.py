"""Measures kept chats: listing 5,000 of them, opening one of 300 messages, and what 50 write at once.

    python -m dev.bench.storage [DATABASE_URL ...]    default: SQLite in a temporary folder

Prints one JSON object, a part for each database. A database that is named has to be empty, and is left filled.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.types import Pagination, ThreadFilter
from chainlit.user import PersistedUser, User
from chainlit.utils import utc_now

from web.store import histories
from web.store.data_layer import DataLayer
from web.store.database import Database, connect, database_url
from web.store.files import Files
from web.store.migrations import migrate

CHATS, STEPS_OF_A_CHAT = 5_000, 6
MESSAGES = 300
WRITERS, WRITES_OF_EACH = 50, 60
ANSWER = "The weather in Guangzhou is light rain, 21 °C, and will stay so. " * 10
REPEATS = 20


async def no_page() -> None:
    raise SystemExit("a write was lost")


def step(thread_id: str, number: int, output: str, **fields: Any) -> dict[str, Any]:
    """One as Chainlit gives it."""
    kinds = ("user_message", "run", "tool", "assistant_message")
    kept = {"name": "step", "createdAt": utc_now(), "input": "", "metadata": {}, "streaming": False, "isError": False}
    return {"id": str(uuid.uuid4()), "threadId": thread_id, "type": kinds[number % 4], "output": output} | kept | fields


async def fill(layer: DataLayer, user: PersistedUser) -> None:
    async def one(number: int) -> None:
        thread_id = str(uuid.uuid4())
        await layer.update_thread(thread_id, f"Question {number} about the weather", user.id)
        for place in range(STEPS_OF_A_CHAT):
            await layer.save_step(step(thread_id, place, ANSWER))

    for first in range(0, CHATS, 100):
        await asyncio.gather(*(one(number) for number in range(first, first + 100)))


async def long_chat(layer: DataLayer, database: Database, user: PersistedUser) -> str:
    """A chat of 300 messages: for each answer there are a tool's step and Chainlit's frame as well."""
    thread_id = str(uuid.uuid4())
    await layer.update_thread(thread_id, "A long chat", user.id)
    await asyncio.gather(*(layer.save_step(step(thread_id, number, ANSWER)) for number in range(2 * MESSAGES)))
    message = {"role": "user", "content": ANSWER, "tool_calls": [], "tool_call_id": None, "id": "m"}
    history = histories.Change([], 0, [message] * 2 * MESSAGES, {"start": 0})
    await histories.save(database, thread_id, history, is_open=False, keeps=0)
    return thread_id


async def milliseconds(action: Callable[[], Awaitable[Any]], repeats: int = REPEATS) -> float:
    """The median."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        await action()
        taken.append(1000 * (time.perf_counter() - started))
    return round(statistics.median(taken), 1)


async def writes(layer: DataLayer, user: PersistedUser) -> dict[str, Any]:
    """What 50 chats write at once, each as fast as it can: an answer that grows."""
    threads = [str(uuid.uuid4()) for _ in range(WRITERS)]
    for thread_id in threads:
        await layer.update_thread(thread_id, "A writer", user.id)
    longest = 0.0

    async def write(thread_id: str) -> None:
        nonlocal longest
        growing = step(thread_id, 3, "")
        for number in range(WRITES_OF_EACH):
            started = time.perf_counter()
            await layer.save_step(growing | {"output": ANSWER[: 10 * (number + 1)]})
            longest = max(longest, time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(write(thread_id) for thread_id in threads))
    seconds = time.perf_counter() - started
    kept = [(await layer.get_thread(thread_id) or {})["steps"][0]["output"] for thread_id in threads]
    lost = sum(text != ANSWER[: 10 * WRITES_OF_EACH] for text in kept)
    return {
        "writes_s": round(WRITERS * WRITES_OF_EACH / seconds),
        "longest_write_ms": round(1000 * longest, 1),
        "chats_that_lost_something": lost,
    }


async def measure(setting: str | None, folder: Path) -> dict[str, Any]:
    url = database_url(setting, folder)
    migrate(url)
    database = connect(url)
    layer = DataLayer(database, Files(folder / "files", "/kept/{key}"), no_page)
    session = HTTPSession(id="bench", client_type="webapp")
    context_var.set(ChainlitContext(session, BaseChainlitEmitter(session)))
    user = await layer.create_user(User("bench"))
    assert user
    filling = time.perf_counter()
    await fill(layer, user)
    filled_s = time.perf_counter() - filling
    thread_id = await long_chat(layer, database, user)

    async def list_all() -> None:
        cursor, more = None, True
        while more:
            page = await layer.list_threads(Pagination(first=100, cursor=cursor), ThreadFilter(userId=user.id))
            cursor, more = page.pageInfo.endCursor, page.pageInfo.hasNextPage

    first_page, mine = Pagination(first=20), ThreadFilter(userId=user.id)
    rare = ThreadFilter(userId=user.id, search="Question 2499 about")
    report = {
        "database": database.dialect,
        "fill_5000_chats_s": round(filled_s, 1),
        "list_first_page_of_5000_ms": await milliseconds(lambda: layer.list_threads(first_page, mine)),
        "list_all_5000_ms": await milliseconds(list_all, 5),
        "search_5000_ms": await milliseconds(lambda: layer.list_threads(first_page, rare), 5),
        "open_300_messages_ms": await milliseconds(lambda: layer.get_thread(thread_id)),
        "open_its_history_ms": await milliseconds(lambda: histories.load(database, thread_id)),
        "50_chats_at_once": await writes(layer, user),
    }
    await layer.close()
    return report


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps([await measure(setting, Path(folder)) for setting in sys.argv[1:] or [None]], indent=1))


if __name__ == "__main__":
    asyncio.run(main())
