"""The model's side of kept chats: a row a message, so that a turn writes what it adds. Knows no model and no page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from web.store.database import Database
from web.store.tables import histories, history_messages, threads

logger = logging.getLogger(__name__)
Json = dict[str, Any]
MESSAGE_BYTES = 500  # of a message that waits to be written, beside its text

# Made once: to make a statement takes longer than to run it.
_CHAT = select(threads.c.id).where(threads.c.id == bindparam("chat"))
_CHANGE = update(histories).where(histories.c.thread_id == bindparam("chat"))
_MESSAGES = (
    select(history_messages.c.number, history_messages.c.message)
    .where(history_messages.c.thread_id == bindparam("chat"))
    .order_by(history_messages.c.number)
)
_LAST = _MESSAGES.order_by(None).order_by(history_messages.c.number.desc()).limit(1)
_FORGET = delete(history_messages).where(
    history_messages.c.thread_id == bindparam("chat"), history_messages.c.number >= bindparam("first")
)


@dataclass(frozen=True)
class KeptHistory:
    """A history in its JSON form, and whether a turn was going on when it was written last."""

    history: Json
    is_open: bool


async def save(
    database: Database, thread_id: str, history: Json, written: Sequence[Json], *, is_open: bool, keeps: int
) -> None:
    """Write what is not `written` yet, and forget what was cut off; it may take as long as the database is away.

    `history` is {"messages": [...], anything else}. Where the chat was deleted meanwhile, nothing is written.
    The first `keeps` messages stay whatever happens: those before a turn, or those before an edited message. Raises
    ValueError where `history` has others there. What `written` does not know of is never forgotten: what is added then
    goes behind it.
    """
    messages: list[Json] = history["messages"]
    same = _common(messages, written)
    if same < min(keeps, len(written)):
        raise ValueError(f"message {same} of the {keeps} that stay would be changed")
    state = _state(history, is_open=is_open)

    def change(connection: Connection) -> None:
        if not connection.execute(_CHANGE, {"chat": thread_id, "state": state}).rowcount:
            if connection.scalar(_CHAT, {"chat": thread_id}) is None:
                return
            connection.execute(insert(histories), {"thread_id": thread_id, "state": state})
        first, place = same, same
        if not _ends_with(connection, thread_id, written):
            first, place = _places(connection, thread_id, messages, written)
        connection.execute(_FORGET, {"chat": thread_id, "first": place})
        _insert(connection, thread_id, messages[first:], place)

    new = sum(len(message.get("content") or "") for message in messages[same:])
    await database.keep(change, owner=thread_id, size=MESSAGE_BYTES * (1 + len(messages)) + new)


def add(connection: Connection, thread_id: str, history: Json) -> None:
    """Write the whole history of a chat that is being added in this transaction; it is over."""
    connection.execute(insert(histories), {"thread_id": thread_id, "state": _state(history, is_open=False)})
    _insert(connection, thread_id, history["messages"], 0)


def _state(history: Json, *, is_open: bool) -> Json:
    return {key: value for key, value in history.items() if key != "messages"} | {"is_open": is_open}


def _insert(connection: Connection, thread_id: str, messages: Sequence[Json], place: int) -> None:
    """Add the messages, the first of them as row `place`."""
    rows = [
        {"thread_id": thread_id, "number": number, "message": message} for number, message in enumerate(messages, place)
    ]
    if rows:
        connection.execute(insert(history_messages), rows)


def _ends_with(connection: Connection, thread_id: str, written: Sequence[Json]) -> bool:
    """Whether what is kept of a chat is what its page has written."""
    last = connection.execute(_LAST, {"chat": thread_id}).first()
    if last is None:
        return not written
    return bool(last.number == len(written) - 1 and last.message == written[-1])


def _places(
    connection: Connection, thread_id: str, messages: Sequence[Json], written: Sequence[Json]
) -> tuple[int, int]:
    """From which message on is to be written, and at which row, where other rows are kept than `written` says."""
    kept = [row.message for row in connection.execute(_MESSAGES, {"chat": thread_id})]
    own = max(_common(kept, messages), _common(kept, written))
    if own == len(kept):
        same = _common(messages, kept)
        return same, same
    logger.error("%d messages are kept that the open chat does not have; it is written behind them", len(kept) - own)
    return _common(messages, written), len(kept)


async def load(database: Database, thread_id: str) -> KeptHistory | None:
    """The history of a chat; None where it has none."""

    def find(connection: Connection) -> KeptHistory | None:
        state = connection.scalar(select(histories.c.state).where(histories.c.thread_id == thread_id))
        if state is None:
            return None
        messages = [row.message for row in connection.execute(_MESSAGES, {"chat": thread_id})]
        is_open = state.pop("is_open", False)
        return KeptHistory({**state, "messages": messages}, is_open)

    return await database.read(find)


def _common(some: Sequence[Json], others: Sequence[Json]) -> int:
    """How many messages at the start are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(some), len(others)))
