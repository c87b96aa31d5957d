"""Quotas: how much one user may keep and use. What is counted stands in the database, so that processes count together.

A guest has smaller limits, and all guests of one link have limits together: whoever opens the link once more is a new
guest. What arrives is reserved before it is read, so that many at once do not slip through together.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection

from agent.settings import Settings
from web.quotas.refusals import OverQuota
from web.store import accounts
from web.store.accounts import Account
from web.store.database import Database, is_away

logger = logging.getLogger(__name__)
MB = 1_000_000
A_LINK = 20  # all guests of one link together have as much as so many of them
LEAST_BYTES = 10_000  # that a file counts as: a disk holds so many of them, and not more
SLACK_BYTES, SLACK_CHATS = 20 * MB, 20  # over the limits, for turns that have begun and for questions that are refused
MINUTE_MS = 60_000
PATIENCE_S = 2.0  # a question does not wait for a database that is away or locked

_T = TypeVar("_T")


@dataclass(frozen=True)
class Limits:
    """What one user may keep and use; 0 is no limit."""

    turns_a_minute: int = 0
    tokens_a_day: int = 0
    uploads_mb_a_day: int = 0
    kept_mb: int = 0
    chats: int = 0
    waiting_files: int = 0

    def of_link(self) -> Limits:
        """What all guests of one link may together, where these are a guest's."""
        together = ("tokens_a_day", "uploads_mb_a_day", "kept_mb", "chats")
        return Limits(**{name: A_LINK * getattr(self, name) for name in together})


def limits(settings: Settings) -> tuple[Limits, Limits]:
    """A person's and a guest's. Where nobody logs in, everybody is one person, and only the disk has an end."""
    pairs = (
        settings.quota_turns_a_minute,
        settings.quota_tokens_a_day,
        settings.quota_uploads_mb_a_day,
        settings.quota_kept_mb,
        settings.quota_chats,
        settings.quota_waiting_files,
    )
    person, guest = (Limits(*numbers) for numbers in zip(*pairs, strict=True))
    return (person if settings.has_visitors else Limits(kept_mb=person.kept_mb)), guest


@dataclass(eq=False)
class Arrival:
    """Something that is being sent: so many bytes, and chats that it will become."""

    user_id: str
    bytes: int
    chats: int = 0
    link: int | None = None
    is_counted: bool = False  # as uploaded today
    came: int | None = None  # how many bytes it had in the end; None where it was not taken

    def take(self, count_bytes: int) -> None:
        """It has arrived, and is counted where it is kept from now on."""
        self.came = count_bytes


class Quotas:
    """The limits of users and of guests, and what each of them has used."""

    def __init__(
        self, database: Database, person: Limits, guest: Limits, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since 1970."""
        self._database = database
        self._person, self._guest = person, guest
        self._clock = clock
        self._arriving = set[Arrival]()

    def limits_of(self, link: int | None) -> Limits:
        """Those of a person, or of a guest of the link."""
        return self._person if link is None else self._guest

    def today(self) -> str:
        """The day, in UTC, whose tokens and uploads are counted now."""
        return datetime.fromtimestamp(self._clock(), UTC).date().isoformat()

    async def begin_turn(self, user_id: str, new_chat: str | None = None) -> None:
        """Count a turn; `new_chat` is its chat's id where nothing was answered in it yet. Raises OverQuota: not now.

        With a database that is away everybody may ask.
        """
        today, now_ms = self.today(), round(self._clock() * 1000)

        def change(connection: Connection) -> OverQuota | None:
            account = accounts.find(connection, user_id, today, to_change=True)
            if account is None:
                return None
            if refusal := self._over(connection, user_id, account, today, new_chat):
                return refusal
            rests = _rests_until(account.rests_until_ms, now_ms, self.limits_of(account.link_number).turns_a_minute)
            if rests - now_ms > MINUTE_MS:
                return OverQuota("turns", seconds=(rests - now_ms - MINUTE_MS) / 1000)
            accounts.add(connection, user_id, today, turns=1, rests_until_ms=rests)
            return None

        if refusal := await self._unless_away(change):
            raise refusal

    def is_full(self, connection: Connection, user_id: str) -> bool:
        """Whether not even a question that is refused is kept: somebody has been refused for long, and goes on."""
        account = accounts.find(connection, user_id, self.today())
        if account is None:
            return False
        limits = self.limits_of(account.link_number)
        too_many = 0 < limits.chats <= account.chats - SLACK_CHATS
        return too_many or 0 < limits.kept_mb * MB <= account.bytes - SLACK_BYTES

    async def count_tokens(self, user_id: str, tokens: int) -> None:
        """Add what a turn has read and written."""
        today = self.today()
        await self._unless_away(lambda connection: accounts.add(connection, user_id, today, tokens=tokens))

    @asynccontextmanager
    async def arrival(
        self,
        user_id: str,
        count_bytes: int,
        *,
        chats: int = 0,
        waiting: Callable[[], Sequence[int]] | None = None,
    ) -> AsyncIterator[Arrival]:
        """Something of at most so many bytes that is about to be read: room for it, until it was taken or refused.

        `waiting` gives the sizes of the user's files that wait to be sent, of which this is to become one. Raises
        OverQuota.
        """
        today, arrival = self.today(), Arrival(user_id, max(count_bytes, LEAST_BYTES), chats)
        try:
            account, together = await self._count(arrival, today)
            self._check_room(arrival, account, together, waiting and waiting())
            self._arriving.add(arrival)
            yield arrival
        finally:
            self._arriving.discard(arrival)
            came = 0 if arrival.came is None else min(max(arrival.came, LEAST_BYTES), arrival.bytes)
            if came < arrival.bytes:
                await asyncio.shield(self._give_back(arrival, arrival.bytes - came, today))

    async def _count(self, arrival: Arrival, today: str) -> tuple[Account, Account | None]:
        """Count the bytes as uploaded; gives what the user had, and all guests of the link. Raises OverQuota.

        With a database that is away everybody may send.
        """

        def change(connection: Connection) -> OverQuota | tuple[Account, Account | None]:
            account = accounts.find(connection, arrival.user_id, today, to_change=True) or Account(0, 0, 0, 0, 0)
            arrival.link, arrival.is_counted, together = account.link_number, False, None
            limit = self.limits_of(arrival.link).uploads_mb_a_day
            if 0 < limit * MB < account.uploaded + arrival.bytes:
                return OverQuota("uploads", f"{limit:,} MB", self._rest_of_day())
            if arrival.link is not None:
                together = accounts.of_link(connection, arrival.link, today)
                if 0 < self._guest.of_link().uploads_mb_a_day * MB < together.uploaded + arrival.bytes:
                    return OverQuota("link_today", seconds=self._rest_of_day())
            accounts.add(connection, arrival.user_id, today, uploaded=arrival.bytes)
            arrival.is_counted = True
            return account, together

        result = await self._unless_away(change)
        if isinstance(result, OverQuota):
            raise result
        return result or (Account(0, 0, 0, 0, 0), None)

    async def _give_back(self, arrival: Arrival, count_bytes: int, day: str) -> None:
        def change(connection: Connection) -> None:
            if arrival.is_counted:  # which is known here, behind that write, also where its asker was cancelled
                accounts.take_back(connection, arrival.user_id, day, count_bytes)

        await self._unless_away(change)

    def _check_room(
        self, new: Arrival, account: Account, together: Account | None, waiting: Sequence[int] | None
    ) -> None:
        """Raises OverQuota where what comes does not fit beside what there is, waits, or comes at the same time."""
        limits = self.limits_of(new.link)
        arriving = [other for other in self._arriving if other.came is None]
        mine = [other for other in arriving if other.user_id == new.user_id]
        if waiting is not None and 0 < limits.waiting_files <= len(waiting) + sum(not other.chats for other in mine):
            raise OverQuota("waiting", limits.waiting_files)
        coming = sum(other.bytes for other in mine) + sum(waiting or ()) + new.bytes
        if 0 < limits.kept_mb * MB < account.bytes + coming:
            raise OverQuota("kept", f"{limits.kept_mb:,} MB")
        if new.chats and 0 < limits.chats < account.chats + sum(other.chats for other in mine) + new.chats:
            raise OverQuota("chats", limits.chats)
        if together:
            theirs = [other for other in arriving if other.link == new.link]
            all_bytes = together.bytes + sum(other.bytes for other in theirs) + new.bytes
            all_chats = together.chats + sum(other.chats for other in theirs) + new.chats
            link = self._guest.of_link()
            if 0 < link.kept_mb * MB < all_bytes or (new.chats and 0 < link.chats < all_chats):
                raise OverQuota("link_kept")

    def _over(
        self, connection: Connection, user_id: str, account: Account, today: str, new_chat: str | None
    ) -> OverQuota | None:
        """Why a user with this account may not ask now; the chat of the question is in the account already."""
        limits = self.limits_of(account.link_number)
        if 0 < limits.tokens_a_day <= account.tokens:
            return OverQuota("tokens", limits.tokens_a_day, self._rest_of_day())
        if 0 < limits.kept_mb * MB <= account.bytes:
            return OverQuota("kept", f"{limits.kept_mb:,} MB")
        is_beyond = new_chat and 0 < limits.chats < account.chats
        if is_beyond and new_chat and accounts.place(connection, user_id, new_chat) > limits.chats:
            return OverQuota("chats", limits.chats)
        if account.link_number is None:
            return None
        together, link = accounts.of_link(connection, account.link_number, today), limits.of_link()
        if 0 < link.tokens_a_day <= together.tokens:
            return OverQuota("link_today", seconds=self._rest_of_day())
        if 0 < link.kept_mb * MB <= together.bytes or (new_chat and 0 < link.chats < together.chats):
            return OverQuota("link_kept")
        return None

    def _rest_of_day(self) -> float:
        return 86_400 - self._clock() % 86_400

    async def _unless_away(self, change: Callable[[Connection], _T]) -> _T | None:
        """Apply `change`, soon or later; None where the database takes its time. No quota is worth a lost question."""
        try:
            return await asyncio.wait_for(self._database.write(change), PATIENCE_S)
        except TimeoutError:
            logger.warning("a quota is not asked: the database takes more than %s s", PATIENCE_S)
        except Exception as error:
            if not is_away(error):
                raise
            logger.warning("a quota was not asked: %s", error)
        return None


def _rests_until(rests_until_ms: int, now_ms: int, turns_a_minute: int) -> int:
    """Until when turns are too many, after one more: each takes its share of a minute, and a minute's may come at once.

    That is a leaking bucket, kept as one number: the moment when it will be empty.
    """
    share = MINUTE_MS // turns_a_minute if turns_a_minute else 0
    ahead = rests_until_ms - now_ms
    return now_ms + (ahead if 0 < ahead <= MINUTE_MS else 0) + share  # further ahead: the clock was set back
