"""Open pages: each event of theirs is let through only as long as their login holds, and its end closes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import chainlit as cl
from chainlit.session import WebsocketSession
from starlette.requests import HTTPConnection

from agent.errors import PeopleError
from web.auth import expiry
from web.auth.identity import Identity
from web.auth.validity import Validity, ValidityUnknown, confirmed_s, is_same_login, logged_out
from web.chat import state

BROWSER = "browser"  # the cookie by which pages of one browser are known as such, with AUTH=header


class OpenPages:
    """What a login means for the pages that are open under it."""

    def __init__(self, identity: Identity, validity: Validity) -> None:
        self._identity = identity
        self._validity = validity

    async def close_those_of_others(self, connection: HTTPConnection, user: cl.User | None) -> None:
        """Close this browser's open pages whom the proxy named otherwise when they connected."""
        browser = connection.cookies.get(BROWSER)
        if not self._identity.header or not browser:
            return
        pages = [one for one in state.open_pages() if _browser_of(one) == browser]
        others = [one for one in pages if user is None or not one.user or one.user.identifier != user.identifier]
        await expiry.close((one, logged_out()) for one in others)

    async def find_ended(self, pages: Sequence[WebsocketSession]) -> Sequence[expiry.Ended]:
        """The pages whose login has ended, with what these are told."""
        asked_s = time.monotonic()
        known = [(one, user) for one in pages if (user := self._identity.of_page(one))]
        ended = [(one, logged_out()) for one in pages if self._identity.of_page(one) is None]
        for (one, _), reason in zip(known, await self._validity.reasons([user for _, user in known]), strict=True):
            if reason:
                ended.append((one, reason))
            else:
                confirmed_s.set(one, asked_s)
        return ended

    async def may_pass(self, event: str, sid: str) -> bool:
        """Whether this event of a page is handled; whoever may stay no longer is told so at once."""
        page = WebsocketSession.get(sid)
        if page is None:
            return False
        try:
            if (user := self._identity.of_page(page)) is None:
                raise logged_out()
            await self._validity.check(page, user)
        except ValidityUnknown as reason:
            if event != "window_message":  # of which some come by themselves
                await expiry.refuse(page, reason)
            return False
        except PeopleError as reason:
            await expiry.close([(page, reason)])
            return False
        return True

    async def end_login(self, user: cl.User) -> None:
        """End this login, and close its pages at once."""
        mine = [
            one for one in state.open_pages() if (other := self._identity.of_page(one)) and is_same_login(other, user)
        ]
        await asyncio.gather(self._validity.end(user), expiry.close((one, logged_out()) for one in mine))


def _browser_of(page: WebsocketSession) -> str | None:
    return HTTPConnection(page.environ["asgi.scope"]).cookies.get(BROWSER)
