"""The model's histories of saved chats: a row a message, so that a turn writes what it adds. Knows no model."""

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
MESSAGE_BYTES, REFERENCE_BYTES = 500, 8  # of a message that waits to be written, beside its text; of any other

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
class SavedHistory:
    """A history in its JSON form, and whether a turn was going on when it was written last."""

    history: Json
    is_open: bool


@dataclass(frozen=True)
class Change:
    """What becomes of a history: `new` messages behind the first `stay` of those that were `written` before."""

    written: Sequence[Json]
    stay: int
    new: Sequence[Json]
    state: Json  # all of the history's JSON form but its messages

    def messages(self) -> list[Json]:
        """All of the history's messages."""
        return [*self.written[: self.stay], *self.new]

    def bytes(self) -> int:
        """Roughly what it takes while it waits to be written."""
        text = sum(len(message.get("content") or "") for message in self.new)
        return text + MESSAGE_BYTES * (1 + len(self.new)) + REFERENCE_BYTES * len(self.written)


async def save(database: Database, thread_id: str, change: Change, *, is_open: bool, keeps: int) -> None:
    """Write what is new, and forget what was cut off; it may take as long as the database is away.

    If the chat was deleted meanwhile, nothing is written. The first `keeps` messages stay whatever happens: those
    before a turn, or those before an edited message. Raises ValueError if fewer are to stay. What `change.written` does
    not know of is never forgotten: what is new then goes behind it.
    """
    if change.stay < min(keeps, len(change.written)):
        raise ValueError(f"message {change.stay} of the {keeps} that stay would be changed")
    state = change.state | {"is_open": is_open}

    def write(connection: Connection) -> None:
        if not connection.execute(_CHANGE, {"chat": thread_id, "state": state}).rowcount:
            if connection.scalar(_CHAT, {"chat": thread_id}) is None:
                return
            connection.execute(insert(histories), {"thread_id": thread_id, "state": state})
        place, new = change.stay, change.new
        if not _ends_with(connection, thread_id, change.written):
            place, new = _behind_what_is_kept(connection, thread_id, change)
        connection.execute(_FORGET, {"chat": thread_id, "first": place})
        _insert(connection, thread_id, new, place)

    await database.keep(write, owner=thread_id, size=change.bytes())


def add(connection: Connection, thread_id: str, history: Json) -> None:
    """Write the whole history of a chat that is being added in this transaction; it is over."""
    state = {key: value for key, value in history.items() if key != "messages"} | {"is_open": False}
    connection.execute(insert(histories), {"thread_id": thread_id, "state": state})
    _insert(connection, thread_id, history["messages"], 0)


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


def _behind_what_is_kept(connection: Connection, thread_id: str, change: Change) -> tuple[int, Sequence[Json]]:
    """At which row what is to be written, if other rows are kept than `change` knows of."""
    kept = [row.message for row in connection.execute(_MESSAGES, {"chat": thread_id})]
    messages = change.messages()
    own = max(_common(kept, messages), _common(kept, change.written))
    if own == len(kept):
        same = _common(messages, kept)
        return same, messages[same:]
    logger.error("%d messages are kept that the open chat does not have; it is written behind them", len(kept) - own)
    return len(kept), change.new


async def load(database: Database, thread_id: str) -> SavedHistory | None:
    """The history of a chat; None if it has none."""

    def find(connection: Connection) -> SavedHistory | None:
        state = connection.scalar(select(histories.c.state).where(histories.c.thread_id == thread_id))
        if state is None:
            return None
        messages = [row.message for row in connection.execute(_MESSAGES, {"chat": thread_id})]
        is_open = state.pop("is_open", False)
        return SavedHistory({**state, "messages": messages}, is_open)

    return await database.read(find)


def _common(some: Sequence[Json], others: Sequence[Json]) -> int:
    """How many messages at the start are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(some), len(others)))
