"""The model's side of kept chats: a row a message, so that a turn writes what it adds. Knows no model and no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from store.database import Database
from store.tables import histories, history_messages, threads

Json = dict[str, Any]

# Made once: to make a statement takes longer than to run it.
_CHAT = select(threads.c.id).where(threads.c.id == bindparam("chat"))
_CHANGE = update(histories).where(histories.c.thread_id == bindparam("chat"))
_FORGET = delete(history_messages).where(
    history_messages.c.thread_id == bindparam("chat"), history_messages.c.number >= bindparam("first")
)


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

    def change(connection: Connection) -> None:
        if not connection.execute(_CHANGE, {"chat": thread_id, "state": state}).rowcount:
            if connection.scalar(_CHAT, {"chat": thread_id}) is None:
                return
            connection.execute(insert(histories), {"thread_id": thread_id, "state": state})
        connection.execute(_FORGET, {"chat": thread_id, "first": same})
        if rows:
            connection.execute(insert(history_messages), rows)

    await database.write(change)
    return messages


async def load(database: Database, thread_id: str) -> KeptHistory | None:
    """The history of a chat; None where it has none."""
    query = select(history_messages.c.message).where(history_messages.c.thread_id == thread_id)

    def find(connection: Connection) -> KeptHistory | None:
        state = connection.scalar(select(histories.c.state).where(histories.c.thread_id == thread_id))
        if state is None:
            return None
        messages = list(connection.scalars(query.order_by(history_messages.c.number)).all())
        is_open = state.pop("is_open", False)
        return KeptHistory({**state, "messages": messages}, is_open)

    return await database.read(find)


def _common(some: Sequence[Json], others: Sequence[Json]) -> int:
    """How many messages at the start are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(some), len(others)))
