"""Login by a name and a password, from the form to a cookie: wrong ones are slowed, few are looked at at once."""

from __future__ import annotations

import asyncio
import logging

import chainlit as cl
from chainlit import server
from chainlit.auth.jwt import get_jwt_secret
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.auth import known_browsers
from web.auth.attempts import LoginAttempts, network
from web.auth.cookies import SINCE, new_login
from web.auth.passwords import Passwords, is_possible, plain_name
from web.server.fair_queue import QueueFull
from web.store.database import Database

logger = logging.getLogger(__name__)


class PasswordLogin:
    """The answer to the form of the login."""

    def __init__(self, database: Database) -> None:
        self.passwords = Passwords(database)
        self.attempts = LoginAttempts()

    async def answer(self, request: Request) -> Response:
        """Let a user in. Raises HTTPException: 401, or 429 if it is tried too often or by too many at once."""
        async with request.form(max_files=0, max_fields=10) as form:
            given, password = str(form.get("username", "")), str(form.get("password", ""))
        if not is_possible(given, password):
            raise HTTPException(401)
        name, secret = plain_name(given), str(get_jwt_secret())
        browser = known_browsers.read_mark(secret, name, request.cookies.get(known_browsers.COOKIE))
        user = await self._check(name, password, request.client.host if request.client else "", browser)
        response: Response = await server._authenticate_user(request, user)
        mark = known_browsers.mark(secret, name, browser)
        response.set_cookie(known_browsers.COOKIE, mark, max_age=known_browsers.LASTS_S)  # guarded as all cookies are
        return response

    async def _check(self, name: str, password: str, address: str, browser: str | None) -> cl.User | None:
        wait_s = self.attempts.begin(name, address, browser)
        if wait_s is None:
            raise HTTPException(429)
        await asyncio.sleep(wait_s)
        try:
            since = await self.passwords.check(name, password, browser or network(address))
        except QueueFull:
            raise HTTPException(429) from None
        if since is None:
            logger.warning("a wrong password for %r from %s", name, network(address) or "no address")
            return None
        self.attempts.succeed(name, address, browser)
        return new_login(name, "password", **{SINCE: since})
