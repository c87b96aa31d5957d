"""Validity: whether a login still holds, asked at each request, each event of a page, and in rounds over all pages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import chainlit as cl
from chainlit.session import BaseSession

from agent.errors import PeopleError
from web.auth.cookies import BEGAN, GUEST, LINK, LOGIN, SINCE, WAY, lasts_until
from web.auth.guests import link_ended
from web.auth.login_records import Logins, Standing
from web.server.page_value import PageValue
from web.store.database import Database

logger = logging.getLogger(__name__)
FRESH_S = 1.0  # how long one answer serves a page's events
UNKNOWN_S = 60.0  # how long a page goes on while the database cannot be asked
ANSWER_S = 3.0  # how long an event waits for that answer, and how long none is asked for after one that did not come
BY_REQUEST = ("none", "header")  # the ways in which each request says by itself who somebody is: nothing outlasts it
confirmed_s = PageValue[float]("confirmed_s", lambda: 0.0)  # when a page's login held, by time.monotonic


class ValidityUnknown(PeopleError):
    """The database does not say whether a login holds: it has not ended, and is not taken for good either."""


class Validity:
    """Says which of the logins in use have ended, and why."""

    def __init__(self, database: Database) -> None:
        self._logins = Logins(database)
        self._unsaved: dict[tuple[str, str], cl.User] = {}  # ended here, and the database does not know it yet
        self._asks_from_s = 0.0

    async def reasons(self, users: Sequence[cl.User]) -> list[PeopleError | None]:
        """What each user is told whose login has ended; None for the others. One question to the database, or none.

        Raises what the database raises: then nobody's login has ended, and nobody's holds.
        """
        asked = {user.identifier for user in users if user.metadata[WAY] not in BY_REQUEST}
        if not asked:
            return [None for _ in users]
        await self._save()
        standing = await self._logins.standing(asked)
        return [self._reason(user, standing) for user in users]

    async def reason(self, user: cl.User) -> PeopleError | None:
        """What the user is told if the login has ended, else None."""
        (reason,) = await self.reasons([user])
        return reason

    def _reason(self, user: cl.User, standing: Standing) -> PeopleError | None:
        said = user.metadata
        if said[WAY] in BY_REQUEST:
            return None
        if said[WAY] == GUEST and said.get(LINK) not in standing.links:
            return link_ended()
        has_password = said[WAY] != "password" or said.get(SINCE) == standing.passwords.get(user.identifier, "")
        was_ended = _key(user) in self._unsaved or standing.has_ended(user.identifier, said[LOGIN], said[BEGAN])
        holds = has_password and not was_ended and datetime.now(UTC) < lasts_until(user)
        return None if holds else logged_out()

    async def check(self, page: BaseSession, user: cl.User) -> None:
        """Let an event of a page through. Raises PeopleError: the login has ended, or ValidityUnknown."""
        now_s, held_s = time.monotonic(), confirmed_s.of(page)
        if _key(user) in self._unsaved:
            raise logged_out()
        if now_s - held_s <= FRESH_S:
            return
        try:
            if now_s < self._asks_from_s:
                raise TimeoutError
            async with asyncio.timeout(ANSWER_S):
                reason = await self.reason(user)
        except Exception as error:
            if now_s >= self._asks_from_s:
                logger.warning("whether a login holds cannot be asked: %s", type(error).__name__)
                self._asks_from_s = time.monotonic() + ANSWER_S
            if now_s - held_s > UNKNOWN_S:
                raise _unknown() from error
            return
        if reason:
            raise reason
        confirmed_s.set(page, now_s)

    async def end(self, user: cl.User) -> None:
        """End this login: here at once, and in the database as soon as that can be."""
        if user.metadata[WAY] not in BY_REQUEST:
            self._unsaved[_key(user)] = user
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._save()
            except Exception as error:
                logger.error("that a login has ended is not saved yet: %s", type(error).__name__)

    async def _save(self) -> None:
        for key, user in list(self._unsaved.items()):
            await self._logins.end(*key, lasts_until(user))
            self._unsaved.pop(key, None)


def is_same_login(one: cl.User, other: cl.User) -> bool:
    """Whether two cookies are of one login."""
    return _key(one) == _key(other)


def logged_out() -> PeopleError:
    """What is told if a login has ended."""
    return PeopleError("You are no longer logged in. Log in again to go on.", "你的登录已失效。请重新登录后继续。")


def _unknown() -> ValidityUnknown:
    return ValidityUnknown(
        "Whether you are logged in cannot be checked just now, so this was not done. Try again in a minute.",
        "暂时无法确认你的登录状态，所以这一步没有执行。请一分钟后再试。",
    )


def _key(user: cl.User) -> tuple[str, str]:
    return user.identifier, user.metadata.get(LOGIN, "")
