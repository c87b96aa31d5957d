"""Who uses the page: puts AUTH's way of logging in into Chainlit, and asks at each step whether it still holds.

People, guests and the secret are in web/auth/; what one user may touch of another's is in web/auth/ownership.py.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import chainlit as cl
from chainlit import server, socket
from chainlit.auth import get_current_user
from chainlit.config import config
from chainlit.data import get_data_layer
from chainlit.oauth_providers import get_configured_oauth_providers
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from fastapi import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from agent.errors import DatabaseAway, PeopleError, SettingsError
from web.auth import expiry, ownership
from web.auth.allowed_accounts import MAX_CHARS, Allowed
from web.auth.attempts import network
from web.auth.cookies import GUEST, LINK, WAY, bearer_of, new_login, token_of, user_of
from web.auth.demo_links import DemoLinks
from web.auth.guests import PREFIX, Guests
from web.auth.holding import BY_REQUEST, Holding, NotKnown, confirm, is_same, logged_out
from web.auth.password_login import PasswordLogin
from web.auth.quotas import Quotas
from web.auth.secret import session_secret
from web.chat import state
from web.chat.state import LOCAL_USER
from web.server import proxies, routes, socket_events
from web.server.answers import root_of
from web.server.connections import AddressLimit
from web.store.data_layer import DataLayer
from web.store.database import Database, is_away

logger = logging.getLogger(__name__)

COUNT_S = 2.0

Auth = Literal["none", "password", "header", "oauth"]
BROWSER = "browser"  # the cookie by which pages of one browser are known as such, with AUTH=header
DEMO_OVER, LOGIN_ENDED = "demoOver", "loginEnded"  # keys of auth.login.errors in .chainlit/translations


class Login:
    """How people are let in, and how long they may stay."""

    def __init__(
        self,
        auth: Auth,
        database: Database,
        quotas: Quotas,
        *,
        header: str | None,
        allowed: str | None,
        hosts: str | None,
        trusted_proxies: str | None = None,
        connections: int,
    ) -> None:
        """`header` is AUTH_HEADER, `allowed` is OAUTH_ALLOWED, `hosts` is ALLOWED_HOSTS, `connections` is
        MAX_CONNECTIONS_PER_ADDRESS.

        Raises SettingsError where what `auth` needs is missing.
        """
        self._auth = auth
        self._database = database
        self.quotas = quotas
        self._header = header if auth == "header" else None
        self._hosts = frozenset(name.strip().casefold() for name in (hosts or "").split(",") if name.strip())
        self.by_password = PasswordLogin(database)
        self._guests = Guests(database)
        self._holding = Holding(database)
        self._connections = connections
        self._demo_links = DemoLinks(self._guests, self._who, self._end)
        providers = get_configured_oauth_providers()
        self._allowed = Allowed(allowed, providers)
        try:
            self._proxies = proxies.read_networks(trusted_proxies)
        except ValueError as error:
            raise SettingsError(f"TRUSTED_PROXIES: {error}") from error
        if auth == "header" and not header:
            raise SettingsError("AUTH=header needs AUTH_HEADER, the header in which your proxy names the user.")
        if auth == "oauth" and not providers:
            raise SettingsError(
                "AUTH=oauth needs a provider's keys in .env, for example OAUTH_GITHUB_CLIENT_ID and "
                "OAUTH_GITHUB_CLIENT_SECRET. Chainlit's documentation names them all: docs.chainlit.io"
            )

    def prepare(self, data_dir: Path, layer: DataLayer) -> None:
        """Put this into Chainlit's server, and the quotas into what keeps its chats.

        May be called again, as every hot reload does. Raises OSError.
        """
        layer.is_full = self.quotas.is_full
        os.environ.setdefault("CHAINLIT_AUTH_SECRET", session_secret(data_dir))
        os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn believes no header itself: web/server/proxies.py sees the peer
        code = config.code
        match self._auth:  # by which callback there is, Chainlit's page knows what to ask for
            case "none" | "header":
                code.header_auth_callback = _is_answered_here
            case "password":
                code.password_auth_callback = _is_answered_here
            case "oauth":
                code.oauth_callback = self._check_provider
        code.on_logout = self._log_out
        server.app.dependency_overrides[get_current_user] = self._check_request
        socket._authenticate_connection = self._authenticate
        socket_events.ask_first(self._may_pass)
        # With a cookie another site's script gets no further by a name of its own: it has none under that name.
        hosts = self._hosts if self._hosts or self._auth in BY_REQUEST else None
        routes.put_first(Route("/guest/{token}", self._demo_links.show))
        routes.put_first(Route("/guest/{token}", self._demo_links.take, methods=["POST"]))
        routes.put_first(Route("/login", self._show_login))
        routes.put_first(Route("/login", self._log_in, methods=["POST"], name="login"))  # Chainlit leads there by it
        routes.put_first(Route("/auth/header", self._enter, methods=["POST"]))
        routes.put_first(Route("/auth/jwt", self._take_token, methods=["POST"]))
        routes.put_first(Route("/user", self._say_who))
        ownership.prepare(
            self._database,
            lambda asks: user.identifier if (user := self.named(asks)) else None,
            hosts,
            self._person,
            self._named_person,
            AddressLimit(self._connections, network, lambda host: proxies.is_among(host, self._proxies)),
        )
        proxies.install(self._proxies, self._header)

    async def warn(self) -> None:
        """Say in the log what is easily overlooked."""
        host = config.run.host
        if self._auth == "none" and not _is_loopback(host):
            _shout(
                f"ANYBODY WHO REACHES {host}:{config.run.port} CAN USE THIS APP AND READ EVERY CHAT: it listens on the "
                "network, and AUTH=none asks nobody who they are. Set AUTH=password in .env and add people with "
                "`python -m web.auth add NAME`, or set CHAINLIT_HOST=127.0.0.1."
            )
        if self._auth == "header" and any(one.prefixlen == 0 for one in self._proxies):
            _shout(
                f"AUTH=header BELIEVES {self._header} FROM ANYBODY WHO REACHES {host}:{config.run.port}. Name in "
                "TRUSTED_PROXIES your proxy's address alone."
            )
        if self._auth == "oauth" and not self._allowed:
            _shout("AUTH=oauth lets in whoever the provider knows. OAUTH_ALLOWED names who may come.")
        if self._auth == "password" and not await self.by_password.passwords.names():
            _shout("AUTH=password, and nobody can log in yet. Add somebody: python -m web.auth add NAME")

    def watch(self) -> None:
        """Close pages, from now on, as soon as their login has ended."""
        self._watching = asyncio.create_task(expiry.watch(self.find_ended))

    # Who somebody is

    def named(self, connection: HTTPConnection) -> cl.User | None:
        """Who a request says that it comes from, by a word that we or the proxy gave; whether it holds is not asked."""
        if self._auth == "none":
            return cl.User(LOCAL_USER, display_name=LOCAL_USER, metadata={WAY: "none"})
        if self._header and (given := [one for one in connection.headers.getlist(self._header) if one.strip()]):
            return self._outsider(_utf8(given[0].strip())) if len(given) == 1 else None
        return self._holder(token_of(connection))

    def _holder(self, token: str | None) -> cl.User | None:
        """Whom we gave the token, by a way that is in use."""
        user = user_of(token)
        if user is None or user.metadata[WAY] not in {self._auth, GUEST} - set(BY_REQUEST):
            return None
        provider, _, account = user.identifier.partition(":")
        is_out = user.metadata[WAY] == "oauth" and not self._allowed.lets_in(provider, account, {})
        return None if is_out else user  # whom OAUTH_ALLOWED names no longer is out with the next start

    async def user(self, connection: HTTPConnection) -> PersistedUser | None:
        """Whose request this is, or whose page's first one; None where it is nobody's, or the login holds no more."""
        user = await self._who(connection)
        await self._close_those_of_others(connection, user)
        return await _kept(user) if user else None

    async def _who(self, connection: HTTPConnection) -> cl.User | None:
        user = self.named(connection)
        return user if user and await self._reason(user) is None else None

    async def _person(self, connection: HTTPConnection) -> str | None:
        """Whose request this is: "" for whoever is at the page without a login, None for nobody."""
        return _person(await self._who(connection))

    async def _named_person(self, connection: HTTPConnection) -> str | None:
        return _person(self.named(connection))

    async def _reason(self, user: cl.User) -> PeopleError | None:
        (reason,) = await self._holding.reasons([user])
        return reason

    async def _check_request(self, request: Request) -> PersistedUser:
        """Chainlit's user of a request, who may name what is their own."""
        user = await self.user(request)
        if user is None:
            raise HTTPException(401, "Log in")
        await ownership.check(request, user.identifier, self._database)
        return user

    async def _authenticate(self, environ: dict[str, Any]) -> tuple[PersistedUser, str] | tuple[None, None]:
        """Chainlit's user of a page that connects, and a token that nobody needs."""
        user = await self.user(HTTPConnection(environ["asgi.scope"]))
        return (user, "") if user else (None, None)

    # Open pages

    def _of_page(self, session: WebsocketSession) -> cl.User | None:
        """Who a page's connection says that it comes from; a page that comes back has another connection."""
        environ = session.environ
        if "login.user" not in environ:
            environ["login.user"] = self.named(HTTPConnection(environ["asgi.scope"]))
        user: cl.User | None = environ["login.user"]
        return user if user and session.user and user.identifier == session.user.identifier else None

    async def _close_those_of_others(self, connection: HTTPConnection, user: cl.User | None) -> None:
        """Close this browser's open pages whom the proxy named otherwise when they connected."""
        browser = connection.cookies.get(BROWSER)
        if not self._header or not browser:
            return
        pages = [one for one in state.open_pages() if _browser_of(one) == browser]
        others = [one for one in pages if user is None or not one.user or one.user.identifier != user.identifier]
        await expiry.end((one, logged_out()) for one in others)

    async def find_ended(self, pages: Sequence[WebsocketSession]) -> Sequence[expiry.Ended]:
        """The pages whose login has ended, with what these are told."""
        asked_s = time.monotonic()
        known = [(one, user) for one in pages if (user := self._of_page(one))]
        ended = [(one, logged_out()) for one in pages if self._of_page(one) is None]
        for (one, _), reason in zip(known, await self._holding.reasons([user for _, user in known]), strict=True):
            if reason:
                ended.append((one, reason))
            else:
                confirm(one, asked_s)
        return ended

    async def _may_pass(self, event: str, sid: str) -> bool:
        """Whether this event of a page is handled; whoever may stay no longer is told so at once."""
        session = WebsocketSession.get(sid)
        if session is None:
            return False
        try:
            if (user := self._of_page(session)) is None:
                raise logged_out()
            await self._holding.check(session, user)
        except NotKnown as reason:
            if event != "window_message":  # of which some come by themselves
                await expiry.refuse(session, reason)
            return False
        except PeopleError as reason:
            await expiry.end([(session, reason)])
            return False
        return True

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Used]:
        """One turn of the current user; gives where to tell what it uses.

        Raises PeopleError: no turn for this user, and OverQuota: none now.
        """
        session = cl.context.session
        user = self._of_page(session)
        if user is None:
            raise logged_out()
        number, user_id, chat = user.metadata.get(LINK), session.user.id, state.current()
        is_new = chat is None or not chat.history["messages"]
        try:
            await self._holding.check(session, user)
            await self.quotas.begin_turn(user_id, session.thread_id if is_new else None)
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
        await self.quotas.count_tokens(user_id, tokens)

    # Coming and going

    async def _show_login(self, request: Request) -> Response:
        """The login; whoever was logged in reads why that is over, and a guest is asked for no password."""
        user = self.named(request)
        is_told = "error" in request.query_params or "as" in request.query_params
        if is_told or user is None or await self._reason(user) is None:
            page_of_login: Response = await server.serve(request)
            return page_of_login
        reason = DEMO_OVER if user.metadata[WAY] == GUEST else LOGIN_ENDED
        return RedirectResponse(f"{root_of(request)}login?error={reason}", 303)

    async def _say_who(self, request: Request) -> Response:
        """Who asks. Nobody is 401, but for public/page.js, in whose console that would be an error: 204."""
        if user := await self.user(request):
            response = JSONResponse(user.to_dict())
            if self._header and BROWSER not in request.cookies:
                response.set_cookie(BROWSER, secrets.token_urlsafe(12))  # guarded as all are: web/server/headers.py
            return response
        return Response(status_code=204) if "page" in request.query_params else JSONResponse({"detail": "Log in"}, 401)

    async def _enter(self, request: Request) -> Response:
        """Whether whoever needs no form to come in is somebody; there is nothing to keep of it."""
        if self._auth not in BY_REQUEST:
            raise HTTPException(400, "Log in by the form")
        if await self.user(request) is None:
            raise HTTPException(401)
        return JSONResponse({"success": True})

    async def _take_token(self, request: Request) -> Response:
        """Put a token that holds into a cookie. It is no new one: a login is never longer than at its beginning."""
        user = self._holder(token := bearer_of(request))
        if user is None or token is None or await self._reason(user):
            raise HTTPException(401)
        response = JSONResponse({"success": True})
        server.set_auth_cookie(request, response, token)
        return response

    async def _log_out(self, request: Request, response: Response) -> dict[str, bool]:
        """End the login everywhere its cookie is. Chainlit has taken it from this browser."""
        for token in {token_of(request), bearer_of(request)}:
            if user := self._holder(token):
                await self._end(user)
        return {"success": True}

    async def _end(self, user: cl.User) -> None:
        """End this login, and close its pages at once."""
        mine = [one for one in state.open_pages() if (other := self._of_page(one)) and is_same(other, user)]
        await asyncio.gather(self._holding.end(user), expiry.end((one, logged_out()) for one in mine))

    async def _log_in(self, request: Request) -> Response:
        if self._auth != "password":
            raise HTTPException(400, "Nobody logs in by a password here")
        return await self.by_password.answer(request)

    async def _check_provider(
        self, provider: str, token: str, raw: dict[str, str], known: cl.User, id_token: str | None = None
    ) -> cl.User | None:
        """Whoever the provider knows, and OAUTH_ALLOWED names."""
        account = known.identifier
        if not self._allowed.lets_in(provider, account, raw):
            return None
        # The provider is part of the name: that of one provider is not that of another.
        return new_login(f"{provider}:{account}", "oauth", account)

    def _outsider(self, name: str) -> cl.User | None:
        """Whom the proxy names. Whoever they are, they are not one of those who are here without it."""
        is_name = name != LOCAL_USER and not name.startswith(PREFIX) and name.isprintable() and len(name) <= MAX_CHARS
        return cl.User(name, display_name=name, metadata={WAY: "header"}) if is_name else None


def _person(user: cl.User | None) -> str | None:
    return None if user is None else "" if user.identifier == LOCAL_USER else user.identifier


@dataclass
class Used:
    """What a turn has read and written, in tokens, as whoever runs it tells."""

    tokens: int = 0


async def _kept(user: cl.User) -> PersistedUser | None:
    """The user as the database has them, who are made at their first request. Raises what the database raises."""
    layer = get_data_layer()
    if layer is None:
        return None
    kept: PersistedUser | None = await layer.get_user(user.identifier) or await layer.create_user(user)
    if kept:
        kept.display_name = user.display_name
    return kept


def _browser_of(session: WebsocketSession) -> str | None:
    return HTTPConnection(session.environ["asgi.scope"]).cookies.get(BROWSER)


async def _is_answered_here(*_: object) -> None:
    """Nobody comes in by Chainlit's own routes, which know neither cookies nor addresses."""


def _utf8(header: str) -> str:
    """A header's value as proxies write it: Starlette reads all of them as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shout(sentence: str) -> None:
    logger.warning("%s", sentence)
    sys.stderr.write(f"\n*** {sentence}\n\n")
    sys.stderr.flush()
