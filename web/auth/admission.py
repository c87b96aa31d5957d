"""Admission of a turn: whether the current user may ask now, and the tokens that it takes counted for who used them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import chainlit as cl

from agent.errors import DatabaseAway
from web.auth.cookies import LINK
from web.auth.guests import Guests
from web.auth.identity import Identity
from web.auth.validity import Validity, logged_out
from web.chat import state
from web.quotas.quotas import Quotas
from web.store.database import is_away

COUNT_S = 2.0  # how long the end of a turn waits until its tokens are counted


@dataclass
class Used:
    """What a turn has read and written, in tokens, as whoever runs it tells."""

    tokens: int = 0


class Admission:
    """Asks the login, the quotas and the demo link before each turn."""

    def __init__(self, identity: Identity, validity: Validity, quotas: Quotas, guests: Guests) -> None:
        self._identity = identity
        self._validity = validity
        self._quotas = quotas
        self._guests = guests

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Used]:
        """A turn of the current user; yields the counter of the tokens that it uses.

        Raises PeopleError: no turn for this user, and OverQuota: none now.
        """
        page = cl.context.session
        user = self._identity.of_page(page)
        if user is None:
            raise logged_out()
        number, user_id, chat = user.metadata.get(LINK), page.user.id, state.current()
        is_new = chat is None or not chat.history["messages"]
        try:
            await self._validity.check(page, user)
            await self._quotas.begin_turn(user_id, page.thread_id if is_new else None)
            if number is not None:
                await self._guests.begin_turn(user.identifier, number)
        except Exception as error:
            if is_away(error):  # who is not known is not answered
                raise DatabaseAway from error
            raise
        used = Used()
        try:
            yield used
        finally:
            guest = user.identifier if number is not None else None
            counting = asyncio.create_task(self._count(used.tokens, user_id, guest))
            await asyncio.wait([counting], timeout=COUNT_S)  # it goes on, and the turn ends

    async def _count(self, tokens: int, user_id: str, guest: str | None) -> None:
        if guest is not None:
            await self._guests.count_tokens(guest, tokens)
        await self._quotas.count_tokens(user_id, tokens)
