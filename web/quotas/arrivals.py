"""Arrivals: room for an upload or an import, reserved before it is read, so that many at once do not slip through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from web.quotas.ledger import Ledger
from web.quotas.limits import MB
from web.quotas.refusals import OverQuota
from web.store import accounts
from web.store.accounts import Account

LEAST_BYTES = 10_000  # that a file counts as: a disk holds so many of them, and not more


@dataclass(eq=False)
class Arrival:
    """Something that is being sent: so many bytes, and chats that it will become."""

    user_id: str
    bytes: int
    chats: int = 0
    link: int | None = None
    is_counted: bool = False  # as uploaded today
    came: int | None = None  # how many bytes it had in the end; None if it was not taken

    def take(self, count_bytes: int) -> None:
        """It has arrived, and is counted with what is saved from now on."""
        self.came = count_bytes


class Arrivals:
    """What is being sent now, and the bytes that were sent today."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._arriving = set[Arrival]()

    @asynccontextmanager
    async def expect(
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
        today, arrival = self._ledger.today(), Arrival(user_id, max(count_bytes, LEAST_BYTES), chats)
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
            limits = self._ledger.limits_of(arrival.link)
            if 0 < limits.uploads_mb_a_day * MB < account.uploaded + arrival.bytes:
                return OverQuota("uploads", f"{limits.uploads_mb_a_day:,} MB", self._ledger.rest_of_day_s())
            if arrival.link is not None:
                together = accounts.of_link(connection, arrival.link, today)
                if 0 < limits.of_link().uploads_mb_a_day * MB < together.uploaded + arrival.bytes:
                    return OverQuota("link_today", seconds=self._ledger.rest_of_day_s())
            accounts.add(connection, arrival.user_id, today, uploaded=arrival.bytes)
            arrival.is_counted = True
            return account, together

        result = await self._ledger.write(change)
        if isinstance(result, OverQuota):
            raise result
        return result or (Account(0, 0, 0, 0, 0), None)

    async def _give_back(self, arrival: Arrival, count_bytes: int, day: str) -> None:
        def change(connection: Connection) -> None:
            if arrival.is_counted:  # which is known here, behind that write, also if its asker was cancelled
                accounts.take_back(connection, arrival.user_id, day, count_bytes)

        await self._ledger.write(change)

    def _check_room(
        self, new: Arrival, account: Account, together: Account | None, waiting: Sequence[int] | None
    ) -> None:
        """Raises OverQuota if what comes does not fit beside what there is, waits, or comes at the same time."""
        limits = self._ledger.limits_of(new.link)
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
            link = limits.of_link()
            if 0 < link.kept_mb * MB < all_bytes or (new.chats and 0 < link.chats < all_chats):
                raise OverQuota("link_kept")
