"""The accounts of users: what each has saved, and has used today. What is allowed, web/quotas says.

The database adds up what is saved by itself (migration 0004); here a day's turns, tokens and uploads are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select, tuple_, update

from web.store.database import Database
from web.store.tables import accounts, threads, users


@dataclass(frozen=True)
class Account:
    """Chats and their bytes, files included; turns, tokens and bytes uploaded on the day that was asked for."""

    chats: int
    bytes: int
    turns: int
    tokens: int
    uploaded: int
    link_number: int | None = None  # of a guest
    rests_until_ms: int = 0  # see web/quotas/quotas.py


@dataclass(frozen=True)
class NamedAccount:
    """A user's account, with the user's name."""

    name: str
    account: Account


def _today(column: ColumnElement[int]) -> ColumnElement[int]:
    """What the column says of the day; nothing if it is of another."""
    return case((accounts.c.day == bindparam("today"), column), else_=0)


# Made once: to make a statement takes longer than to run it.
_DAYS = (accounts.c.turns, accounts.c.tokens, accounts.c.uploaded)
_COUNTS = (accounts.c.chats, accounts.c.bytes, *(_today(column).label(column.name) for column in _DAYS))
_OWN = (*_COUNTS, accounts.c.link_number, accounts.c.rests_until_ms)
_FIND = select(*_OWN).where(accounts.c.user_id == bindparam("user"))
_HOLD = _FIND.with_for_update()
_LINK = select(
    *(func.coalesce(func.sum(column), 0).label(column.name) for column in (accounts.c.chats, accounts.c.bytes)),
    *(func.coalesce(func.sum(_today(column)), 0).label(column.name) for column in _DAYS),
).where(accounts.c.link_number == bindparam("link"))
_ADD = (
    update(accounts)
    .where(accounts.c.user_id == bindparam("user"))
    .values(
        {column.name: _today(column) + bindparam(f"more_{column.name}") for column in _DAYS}
        | {
            "day": bindparam("today"),
            "rests_until_ms": func.coalesce(bindparam("rests"), accounts.c.rests_until_ms),
        }
    )
)
_TAKE_BACK = (
    update(accounts)
    .where(accounts.c.user_id == bindparam("user"), accounts.c.day == bindparam("today"))
    .values(uploaded=accounts.c.uploaded - bindparam("less"))
)


def find(connection: Connection, user_id: str, today: str, *, to_change: bool = False) -> Account | None:
    """A user's account; if it is to be changed, nobody else changes it until then."""
    row = connection.execute(_HOLD if to_change else _FIND, {"user": user_id, "today": today}).first()
    return None if row is None else Account(**row._mapping)


def of_link(connection: Connection, number: int, today: str) -> Account:
    """What all guests of a link have saved and used together."""
    row = connection.execute(_LINK, {"link": number, "today": today}).one()
    return Account(**{name: int(value) for name, value in row._mapping.items()}, link_number=number)


def place(connection: Connection, user_id: str, thread_id: str) -> int:
    """Which of the user's chats this is, the oldest being number 1; a chat that is not saved is behind all."""
    age = (threads.c.created_at, threads.c.id)
    own = select(*age).where(threads.c.id == thread_id, threads.c.user_id == user_id)
    this = connection.execute(own).first()
    query = select(func.count()).where(threads.c.user_id == user_id)
    if this:
        query = query.where(tuple_(*age) <= tuple_(*this))
    return int(connection.scalar(query) or 0) + (this is None)


def add(
    connection: Connection,
    user_id: str,
    today: str,
    *,
    turns: int = 0,
    tokens: int = 0,
    uploaded: int = 0,
    rests_until_ms: int | None = None,
) -> None:
    """Add to what a user has used on this day."""
    more = {"more_turns": turns, "more_tokens": tokens, "more_uploaded": uploaded}
    connection.execute(_ADD, {"user": user_id, "today": today, "rests": rests_until_ms, **more})


def take_back(connection: Connection, user_id: str, day: str, uploaded: int) -> None:
    """Take back bytes that were added on `day` and did not come; that matters while the day lasts."""
    connection.execute(_TAKE_BACK, {"user": user_id, "today": day, "less": uploaded})


async def all_accounts(database: Database, today: str) -> Sequence[NamedAccount]:
    """All accounts, those with the most bytes first."""
    query = select(users.c.identifier, *_OWN).join(users, users.c.id == accounts.c.user_id)
    query = query.order_by(accounts.c.bytes.desc(), users.c.identifier)
    rows = await database.read(lambda connection: connection.execute(query, {"today": today}).all())
    return [NamedAccount(row.identifier, Account(*row[1:])) for row in rows]
