"""Quotas: how much one user may save and use. What is counted stands in the database, so that processes count together.

What a demo link allows its guests besides is in web/auth/guests.py.

A guest has smaller limits, and all guests of one link have limits together: whoever opens the link once more is a new
guest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from sqlalchemy import Connection

from web.quotas.arrivals import Arrival, Arrivals
from web.quotas.ledger import Ledger
from web.quotas.limits import MB, Limits
from web.quotas.refusals import OverQuota
from web.store import accounts
from web.store.accounts import Account
from web.store.database import Database

SLACK_BYTES, SLACK_CHATS = 20 * MB, 20  # over the limits, for turns that have begun and for questions that are refused
MINUTE_MS = 60_000
PATIENCE_S = 2.0  # a question does not wait for a database that is away or locked


class Quotas:
    """The limits of users and of guests, and what each of them has used."""

    def __init__(
        self,
        database: Database,
        person: Limits,
        guest: Limits,
        clock: Callable[[], float] = time.time,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`clock` gives seconds since 1970; the database has `patience_s` to answer."""
        self._ledger = Ledger(database, person, guest, clock, patience_s)
        self._arrivals = Arrivals(self._ledger)

    def today(self) -> str:
        """The day, in UTC, whose tokens and uploads are counted now."""
        return self._ledger.today()

    async def begin_turn(self, user_id: str, new_chat: str | None = None) -> None:
        """Count a turn; `new_chat` is its chat's id if nothing was answered in it yet. Raises OverQuota: not now.

        With a database that is away everybody may ask.
        """
        today, now_ms = self._ledger.today(), round(self._ledger.clock() * 1000)

        def change(connection: Connection) -> OverQuota | None:
            account = accounts.find(connection, user_id, today, to_change=True)
            if account is None:
                return None
            if refusal := self._over(connection, user_id, account, today, new_chat):
                return refusal
            rests = _rests_until(
                account.rests_until_ms, now_ms, self._ledger.limits_of(account.link_number).turns_a_minute
            )
            if rests - now_ms > MINUTE_MS:
                return OverQuota("turns", seconds=(rests - now_ms - MINUTE_MS) / 1000)
            accounts.add(connection, user_id, today, turns=1, rests_until_ms=rests)
            return None

        if refusal := await self._ledger.write(change):
            raise refusal

    def is_full(self, connection: Connection, user_id: str) -> bool:
        """Whether not even a question that is refused is saved: its user has been refused for long, and goes on."""
        account = accounts.find(connection, user_id, self._ledger.today())
        if account is None:
            return False
        limits = self._ledger.limits_of(account.link_number)
        too_many = 0 < limits.chats <= account.chats - SLACK_CHATS
        return too_many or 0 < limits.kept_mb * MB <= account.bytes - SLACK_BYTES

    async def count_tokens(self, user_id: str, tokens: int) -> None:
        """Add what a turn has read and written."""
        today = self._ledger.today()
        await self._ledger.write(lambda connection: accounts.add(connection, user_id, today, tokens=tokens))

    def arrival(
        self,
        user_id: str,
        count_bytes: int,
        *,
        chats: int = 0,
        waiting: Callable[[], Sequence[int]] | None = None,
    ) -> AbstractAsyncContextManager[Arrival]:
        """Something of at most so many bytes that is about to be read: see Arrivals.expect. Raises OverQuota."""
        return self._arrivals.expect(user_id, count_bytes, chats=chats, waiting=waiting)

    def _over(
        self, connection: Connection, user_id: str, account: Account, today: str, new_chat: str | None
    ) -> OverQuota | None:
        """Why a user with this account may not ask now; the chat of the question is in the account already."""
        limits = self._ledger.limits_of(account.link_number)
        if 0 < limits.tokens_a_day <= account.tokens:
            return OverQuota("tokens", limits.tokens_a_day, self._ledger.rest_of_day_s())
        if 0 < limits.kept_mb * MB <= account.bytes:
            return OverQuota("kept", f"{limits.kept_mb:,} MB")
        is_beyond = new_chat and 0 < limits.chats < account.chats
        if is_beyond and new_chat and accounts.place(connection, user_id, new_chat) > limits.chats:
            return OverQuota("chats", limits.chats)
        if account.link_number is None:
            return None
        together, link = accounts.of_link(connection, account.link_number, today), limits.of_link()
        if 0 < link.tokens_a_day <= together.tokens:
            return OverQuota("link_today", seconds=self._ledger.rest_of_day_s())
        if 0 < link.kept_mb * MB <= together.bytes or (new_chat and 0 < link.chats < together.chats):
            return OverQuota("link_kept")
        return None


def _rests_until(rests_until_ms: int, now_ms: int, turns_a_minute: int) -> int:
    """Until when turns are too many, after one more: each takes its share of a minute, and a minute's may come at once.

    That is a leaking bucket, kept as one number: the moment when it will be empty.
    """
    share = MINUTE_MS // turns_a_minute if turns_a_minute else 0
    ahead = rests_until_ms - now_ms
    return now_ms + (ahead if 0 < ahead <= MINUTE_MS else 0) + share  # further ahead: the clock was set back
