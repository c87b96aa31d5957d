"""The model's side of kept chats: a row a message, so that a turn writes what it adds. Knows no model and no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database
from store.tables import histories, history_messages, threads

Json = dict[str, Any]


@dataclass(frozen=True)
class KeptHistory:
    """A history in its JSON form, and whether a turn was going on when it was written last."""

    history: Json
    is_open: bool


async def save(
    database: Database, thread_id: str, history: Json, written: Sequence[Json], *, is_open: bool
) -> list[Json]:
    """Write what is not `written` yet, and forget what was cut off; gives what is written then.

    `history` is {"messages": [...], anything else}. Where the chat was deleted meanwhile, nothing is written.
    """
    messages: list[Json] = history["messages"]
    same = _common(messages, written)
    state = {key: value for key, value in history.items() if key != "messages"} | {"is_open": is_open}
    rows = [
        {"thread_id": thread_id, "number": number, "message": message}
        for number, message in enumerate(messages[same:], same)
    ]

    async def change(connection: AsyncConnection) -> None:
        if await connection.scalar(select(threads.c.id).where(threads.c.id == thread_id)) is None:
            return
        await connection.execute(delete(histories).where(histories.c.thread_id == thread_id))
        await connection.execute(insert(histories).values(thread_id=thread_id, state=state))
        late = (history_messages.c.thread_id == thread_id, history_messages.c.number >= same)
        await connection.execute(delete(history_messages).where(*late))
        if rows:
            await connection.execute(insert(history_messages), rows)

    await database.write(change)
    return messages


async def load(database: Database, thread_id: str) -> KeptHistory | None:
    """The history of a chat; None where it has none."""
    query = select(history_messages.c.message).where(history_messages.c.thread_id == thread_id)
    async with database.read() as connection:
        state = await connection.scalar(select(histories.c.state).where(histories.c.thread_id == thread_id))
        if state is None:
            return None
        messages = list((await connection.scalars(query.order_by(history_messages.c.number))).all())
    is_open = state.pop("is_open", False)
    return KeptHistory({**state, "messages": messages}, is_open)


def _common(some: Sequence[Json], others: Sequence[Json]) -> int:
    """How many messages at the start are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(some), len(others)))
