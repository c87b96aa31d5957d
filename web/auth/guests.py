"""Guests, and the demo links by which they come: until a time, with so many turns and tokens for each guest.

A guest is known by the cookie that the link gave, and gets a row in the database with the first question: opening a
link, as messengers do for a preview, leaves nothing behind. The quotas of every user are in web/quotas/.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from agent.errors import PeopleError
from web.store.database import Database
from web.store.tables import guests, links, time_text

PREFIX = "guest-"  # of the name of everybody who came by a link


@dataclass(frozen=True)
class LinkLimits:
    """What a link allows: turns and tokens (read and written) to each guest, and a number of guests."""

    turns: int
    tokens: int
    guests: int


@dataclass(frozen=True)
class Link:
    """A demo link as it stands: `asked`, `turns` and `tokens` are what its guests have used together."""

    number: int
    until: datetime
    limits: LinkLimits
    is_open: bool
    asked: int
    turns: int
    tokens: int


class Guests:
    """The demo links and their guests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_link(self, until: datetime, limits: LinkLimits) -> str:
        """A new link; gives its token, which is saved nowhere. `until` has a time zone."""
        token = secrets.token_urlsafe(16)
        row = {
            "token_hash": _hash(token),
            "made_at": time_text(),
            "until": time_text(until),
            "turns": limits.turns,
            "tokens": limits.tokens,
            "guests": limits.guests,
        }

        def change(connection: Connection) -> None:
            connection.execute(insert(links).values(row))

        await self._database.write(change)
        return token

    async def links(self) -> list[Link]:
        """All links there have been, the newest first."""
        used = (
            func.count(guests.c.identifier).label("asked"),
            func.coalesce(func.sum(guests.c.turns), 0).label("used_turns"),
            func.coalesce(func.sum(guests.c.tokens), 0).label("used_tokens"),
        )
        query = select(links, *used).outerjoin(guests, guests.c.link_number == links.c.number)
        query = query.group_by(links.c.number).order_by(links.c.number.desc())
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [
            Link(
                row.number,
                datetime.fromisoformat(row.until),
                LinkLimits(row.turns, row.tokens, row.guests),
                _is_open(row),
                row.asked,
                int(row.used_turns),
                int(row.used_tokens),
            )
            for row in rows
        ]

    async def end_links(self) -> int:
        """End every link that is open: its guests are sent away within seconds. Gives how many those were."""

        def change(connection: Connection) -> int:
            return connection.execute(update(links).where(open_now()).values(ended_at=time_text())).rowcount

        return await self._database.write(change)

    async def find_link(self, token: str) -> int | None:
        """The number of the open link with this token."""
        row = await self._find(links.c.token_hash == _hash(token))
        return int(row.number) if row and _is_open(row) else None

    async def _find(self, which: ColumnElement[bool]) -> Row[Any] | None:
        return await self._database.read(lambda connection: connection.execute(select(links).where(which)).first())

    async def begin_turn(self, identifier: str, number: int) -> None:
        """Count a turn of a guest of the link `number`. Raises PeopleError if there is none left."""

        def change(connection: Connection) -> PeopleError | None:
            link = connection.execute(select(links).where(links.c.number == number)).first()
            if link is None or not _is_open(link):
                return link_ended()
            guest = connection.execute(select(guests).where(guests.c.identifier == identifier)).first()
            if guest is None:
                asked = connection.scalar(select(func.count()).where(guests.c.link_number == number))
                if (asked or 0) >= link.guests:
                    return _full()
                row = {"identifier": identifier, "link_number": number, "turns": 1, "tokens": 0}
                connection.execute(insert(guests).values(row))
                return None
            if guest.turns >= link.turns or guest.tokens >= link.tokens:
                return _used_up()
            mine = guests.c.identifier == identifier
            connection.execute(update(guests).where(mine).values(turns=guests.c.turns + 1))
            return None

        if refusal := await self._database.write(change):
            raise refusal

    async def count_tokens(self, identifier: str, tokens: int) -> None:
        """Add what a turn has read and written."""

        def change(connection: Connection) -> None:
            mine = guests.c.identifier == identifier
            connection.execute(update(guests).where(mine).values(tokens=guests.c.tokens + tokens))

        await self._database.keep(change)


def new_name() -> str:
    """The name of a new guest."""
    return PREFIX + secrets.token_hex(8)


def open_now() -> ColumnElement[bool]:
    """Which links let their guests in now, as a condition of a query."""
    return links.c.ended_at.is_(None) & (links.c.until > time_text())


def _is_open(link: Row[Any]) -> bool:
    return link.ended_at is None and bool(link.until > time_text())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()  # of 128 random bits: nothing to guess, so no slow hash


def link_ended() -> PeopleError:
    """What a guest is told if the link is over."""
    return PeopleError(
        "This demo is over. Thank you for coming; ask whoever gave you the link for another one.",
        "这次演示已经结束，感谢参与。想继续的话，请向给你链接的人要一个新的。",
    )


def _full() -> PeopleError:
    return PeopleError(
        "This demo has as many guests as it can take. Ask whoever gave you the link for another one.",
        "这次演示的名额已满。请向给你链接的人要一个新的链接。",
    )


def _used_up() -> PeopleError:
    return PeopleError(
        "You have used what this demo link gives to each guest. Ask whoever gave it to you for another one.",
        "你已用完这个演示链接给每位来宾的额度。想继续的话，请向给你链接的人要一个新的。",
    )
