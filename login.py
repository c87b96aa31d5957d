"""Who uses the page: puts AUTH's way of logging in into Chainlit, and asks at each step whether it still holds.

People, guests and the secret are in people/; what one user may touch of another's is in gate.py.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import chainlit as cl
from chainlit import server, socket
from chainlit.auth import authenticate_user, decode_jwt, get_current_user, get_token_from_cookies, reuseable_oauth
from chainlit.config import config
from chainlit.oauth_providers import get_configured_oauth_providers
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from fastapi import Depends, HTTPException
from jwt import InvalidTokenError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

import gate
import page
import visits
from agent.errors import PeopleError, SettingsError
from chats import LOCAL_USER
from people.attempts import Attempts, network
from people.guests import PREFIX, Guests, link_ended, new_name
from people.passwords import Passwords, plain_name
from people.secret import session_secret
from store.database import Database

logger = logging.getLogger(__name__)

Auth = Literal["none", "password", "header", "oauth"]
LINK, SINCE = "link", "password_since"  # in the cookie: a guest's link, and the age of the password that was given
LINK_ENDED, DEMO_OVER = (
    "linkEnded",
    "demoOver",
)  # keys of auth.login.errors in .chainlit/translations, as 401 and 429 are


class Login:
    """How people are let in, and how long they may stay."""

    def __init__(
        self, auth: Auth, database: Database, *, header: str | None, allowed: str | None, hosts: str | None
    ) -> None:
        """`header` is AUTH_HEADER, `allowed` is OAUTH_ALLOWED, `hosts` is ALLOWED_HOSTS.

        Raises SettingsError where what `auth` needs is missing.
        """
        self._auth = auth
        self._database = database
        self._header = header
        self._allowed = _names(allowed)
        self._hosts = _names(hosts)
        self._passwords = Passwords(database)
        self._guests = Guests(database)
        self._names, self._addresses = Attempts(free=3), Attempts(free=50)
        if auth == "header" and not header:
            raise SettingsError("AUTH=header needs AUTH_HEADER, the header in which your proxy names the user.")
        if auth == "oauth" and not get_configured_oauth_providers():
            raise SettingsError(
                "AUTH=oauth needs a provider's keys in .env, for example OAUTH_GITHUB_CLIENT_ID and "
                "OAUTH_GITHUB_CLIENT_SECRET. Chainlit's documentation names them all: docs.chainlit.io"
            )

    def prepare(self, data_dir: Path) -> None:
        """Put this into Chainlit's server. May be called again, as every hot reload does. Raises OSError."""
        os.environ.setdefault("CHAINLIT_AUTH_SECRET", session_secret(data_dir))
        code = config.code
        match self._auth:
            case "none":
                code.header_auth_callback = self._let_everybody_in
            case "header":
                code.header_auth_callback = self._read_header
            case "password":
                code.password_auth_callback = self._check_password  # not wrapped: its errors have words in the page
            case "oauth":
                code.oauth_callback = self._check_provider
        server.app.dependency_overrides[get_current_user] = self._check_request
        socket.get_current_user = self.user
        # With a login another site's script gets no further by a name of its own: it has no cookie under that name.
        hosts = self._hosts if self._hosts or self._auth == "none" else None
        page.put_first(Route("/guest/{token}", self._open_link))
        page.put_first(Route("/login", self._show_login))
        page.put_first(Route("/user", self._say_who))
        gate.prepare(self._database, lambda token: user.identifier if (user := _decode(token)) else None, hosts)

    async def warn(self) -> None:
        """Say in the log what is easily overlooked."""
        host = config.run.host
        if self._auth == "none" and not _is_loopback(host):
            _shout(
                f"ANYBODY WHO REACHES {host}:{config.run.port} CAN USE THIS APP AND READ EVERY CHAT: it listens on the "
                "network, and AUTH=none asks nobody who they are. Set AUTH=password in .env and add people with "
                "`python -m people add NAME`, or set CHAINLIT_HOST=127.0.0.1."
            )
        if self._auth == "header" and not _is_loopback(host):
            _shout(
                f"AUTH=header BELIEVES {self._header} FROM ANYBODY WHO REACHES {host}:{config.run.port}. Let nothing "
                "but your proxy reach it, and let the proxy remove that header from what comes in."
            )
        if self._auth == "oauth" and not self._allowed:
            _shout("AUTH=oauth lets in whoever the provider knows. OAUTH_ALLOWED names who may come.")
        if self._auth == "password" and not await self._passwords.names():
            _shout("AUTH=password, and nobody can log in yet. Add somebody: python -m people add NAME")

    def watch(self) -> None:
        """Send guests away, from now on, as soon as their link is over."""
        self._watching = asyncio.create_task(visits.watch(self._find_ended))

    async def _find_ended(self, pages: Sequence[WebsocketSession]) -> Sequence[tuple[WebsocketSession, PeopleError]]:
        """The pages of guests whose link is over, with what these are told."""
        links = {page: user.metadata[LINK] for page in pages if (user := _user(page)) and LINK in user.metadata}
        still_open = await self._guests.open_links() if links else ()
        return [(page, link_ended()) for page, number in links.items() if number not in still_open]

    async def _open_link(self, request: Request) -> Response:
        """Answer a demo link: a guest who is new gets a cookie, one who comes again stays who they were."""
        root = os.path.join(request.scope.get("root_path") or "/", "")
        number = await self._guests.find_link(request.path_params["token"])
        if number is None or self._auth == "none":
            return RedirectResponse(f"{root}login?error={LINK_ENDED}", 303)
        response = RedirectResponse(root, 303)
        known = _decode(await reuseable_oauth(request))
        if known is None or known.metadata.get(LINK) != number:
            user = cl.User(new_name(), display_name="guest", metadata={LINK: number})
            server.set_auth_cookie(request, response, server.create_jwt(user))
        return response

    async def _show_login(self, request: Request) -> Response:
        """The login; a guest whose link is over has no password, and is told why the page is gone."""
        user = _decode(await reuseable_oauth(request))
        is_told = "error" in request.query_params or "as" in request.query_params
        if is_told or user is None or LINK not in user.metadata or await self._may_stay(user):
            page_of_login: Response = await server.serve(request)
            return page_of_login
        root = os.path.join(request.scope.get("root_path") or "/", "")
        return RedirectResponse(f"{root}login?error={DEMO_OVER}", 303)

    async def _say_who(self, request: Request) -> Response:
        """Who asks; whoever needs no form to come in is let in here, without the page's way over the login.

        Nobody is 401, but for public/page.js, in whose console that would be an error: 204.
        """
        if user := await self.user(await reuseable_oauth(request)):
            return JSONResponse(user.to_dict())
        if config.code.header_auth_callback and (user := await config.code.header_auth_callback(request.headers)):
            response = JSONResponse((await authenticate_user(token := server.create_jwt(user))).to_dict())
            server.set_auth_cookie(request, response, token)
            return response
        return Response(status_code=204) if "page" in request.query_params else JSONResponse({"detail": "Log in"}, 401)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Used]:
        """One turn of the current user; gives where to tell what it uses. Raises PeopleError: no turn for this user."""
        user = _user(cl.context.session)
        if user is None or not await self._may_stay(user, is_asking=True):
            raise _logged_out()
        number = user.metadata.get(LINK)
        if number is not None:
            await self._guests.begin_turn(user.identifier, number)
        used = Used()
        try:
            yield used
        finally:
            if number is not None:
                await asyncio.shield(self._guests.count_tokens(user.identifier, used.tokens))

    async def enter(self, request: Request) -> tuple[PersistedUser | None, str]:
        """Whose request this is, and a token for their cookie where the request alone says it: '' where it does not."""
        user = await self.user(get_token_from_cookies(request.cookies))
        if user or request.method != "GET" or config.code.header_auth_callback is None:
            return user, ""
        known = await config.code.header_auth_callback(request.headers)
        token = server.create_jwt(known) if known else ""
        return await self.user(token or None), token

    async def user(self, token: str | None) -> PersistedUser | None:
        """Whose cookie has this token; None where it is nobody's, or holds no more."""
        if token is None or not await self._may_stay(_decode(token)):
            return None
        user = await authenticate_user(token)
        return user if isinstance(user, PersistedUser) else None

    async def _check_request(self, request: Request, token: str = Depends(reuseable_oauth)) -> PersistedUser:
        """Chainlit's user of a request, who may name what is their own."""
        user = await self.user(token)
        if user is None:
            raise HTTPException(401, "Log in")
        await gate.check(request, user.identifier, self._database)
        return user

    async def _may_stay(self, user: cl.User | None, *, is_asking: bool = False) -> bool:
        """Whether what the cookie was given for still holds."""
        if user is None:
            return False
        if (number := user.metadata.get(LINK)) is not None:
            return is_asking or (self._auth != "none" and await self._guests.is_open(number))
        match self._auth:
            case "password":
                since = user.metadata.get(SINCE)
                return since is not None and since == await self._passwords.changed_at(user.identifier)
            case "none":
                return user.identifier == LOCAL_USER
            case way:
                return user.metadata.get("way") == way

    async def _let_everybody_in(self, headers: Headers) -> cl.User:
        return cl.User(LOCAL_USER, display_name=LOCAL_USER)

    async def _read_header(self, headers: Headers) -> cl.User | None:
        name = headers.get(self._header or "", "").strip()
        return self._outsider(name, name) if name else None

    async def _check_provider(
        self, provider: str, token: str, raw: dict[str, str], known: cl.User, id_token: str | None = None
    ) -> cl.User | None:
        """Whoever the provider knows, and OAUTH_ALLOWED names: a name, an address, or @example.com for all of them."""
        name = known.identifier.casefold()
        is_allowed = not self._allowed or name in self._allowed or f"@{name.rpartition('@')[2]}" in self._allowed
        # The provider is part of the name: that of one provider is not that of another.
        return self._outsider(f"{provider}:{known.identifier}", known.identifier) if is_allowed else None

    def _outsider(self, identifier: str, display_name: str) -> cl.User | None:
        if identifier == LOCAL_USER or identifier.startswith(PREFIX):  # whoever they are, they are not these
            return None
        return cl.User(identifier, display_name=display_name, metadata={"way": self._auth})

    async def _check_password(self, name: str, password: str) -> cl.User | None:
        """Raises HTTPException (429) where it is tried too often."""
        name = plain_name(name)
        address = network(gate.client_address.get())
        waits = self._names.begin(name), self._addresses.begin(address)
        if None in waits:
            raise HTTPException(429)
        await asyncio.sleep(max(wait for wait in waits if wait is not None))
        since = await self._passwords.check(name, password)
        if since is None:
            logger.warning("a wrong password for %r from %s", name, address)
            return None
        self._names.forgive(name)
        self._addresses.take_back(address)  # one right password pays for no wrong ones
        return cl.User(name, display_name=name, metadata={SINCE: since})


@dataclass
class Used:
    """What a turn has read and written, in tokens, as whoever runs it tells."""

    tokens: int = 0


def _user(session: WebsocketSession) -> cl.User | None:
    """Whose cookie a page has now; the session's own is that of its first connection."""
    return _decode(socket._get_token(session.environ))


def _decode(token: str | None) -> cl.User | None:
    """The user to whom we gave this token; None where we did not, or where it is too old."""
    try:
        return decode_jwt(token) if token else None
    except InvalidTokenError:
        return None


def _names(setting: str | None) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in (setting or "").split(",") if name.strip())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shout(sentence: str) -> None:
    logger.warning("%s", sentence)
    sys.stderr.write(f"\n*** {sentence}\n\n")
    sys.stderr.flush()


def _logged_out() -> PeopleError:
    return PeopleError(
        "You are no longer logged in. Reload the page, and log in again.", "你的登录已失效。请刷新页面，重新登录。"
    )
