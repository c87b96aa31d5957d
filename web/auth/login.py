"""Login: who uses the page, by AUTH's way of logging in, and until when. Puts that into Chainlit's server.

What one user may touch of another's is in web/auth/ownership.py.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import chainlit as cl
from chainlit.config import config
from chainlit.data import get_data_layer
from chainlit.oauth_providers import get_configured_oauth_providers
from chainlit.user import PersistedUser
from fastapi import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.routing import Route

from agent.errors import SettingsError
from web.auth import chainlit_login, expiry, ownership, request_checks, start_warnings
from web.auth.admission import Admission, Used
from web.auth.allowed_accounts import Allowed
from web.auth.attempts import network
from web.auth.demo_links import DemoLinks
from web.auth.guests import Guests
from web.auth.identity import Auth, Identity
from web.auth.login_routes import LoginRoutes
from web.auth.open_pages import OpenPages
from web.auth.password_login import PasswordLogin
from web.auth.secret import session_secret
from web.auth.validity import BY_REQUEST, Validity
from web.chat.state import LOCAL_USER
from web.quotas.quotas import Quotas
from web.server import proxies, routes, socket_events
from web.server.address_limit import AddressLimit
from web.store.data_layer import DataLayer
from web.store.database import Database


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

        Raises SettingsError if what `auth` needs is missing.
        """
        providers = get_configured_oauth_providers()
        self._database = database
        self.quotas = quotas
        self._identity = Identity(auth, header if auth == "header" else None, Allowed(allowed, providers))
        self._hosts = frozenset(name.strip().casefold() for name in (hosts or "").split(",") if name.strip())
        self._connections = connections
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
        guests = Guests(database)
        self.by_password = PasswordLogin(database)
        self.validity = Validity(database)
        self.pages = OpenPages(self._identity, self.validity)
        self._admission = Admission(self._identity, self.validity, quotas, guests)
        self._demo_links = DemoLinks(guests, self._who, self.pages.end_login)
        self._routes = LoginRoutes(self._identity, self.validity, self.pages, self.by_password, self.user)

    def install(self, data_dir: Path, layer: DataLayer) -> None:
        """Put this into Chainlit's server, and the quotas into what saves its chats.

        May be called again, as every hot reload does. Raises OSError.
        """
        layer.is_full = self.quotas.is_full
        chainlit_login.install(
            self._identity.auth,
            session_secret(data_dir),
            self._identity.of_account,
            self._routes.log_out,
            self._check_request,
            self._authenticate,
        )
        socket_events.ask_first(self.pages.may_pass)
        # With a cookie another site's script gets no further by a name of its own: it has none under that name.
        hosts = self._hosts if self._hosts or self._identity.auth in BY_REQUEST else None
        routes.put_first(Route("/guest/{token}", self._demo_links.show))
        routes.put_first(Route("/guest/{token}", self._demo_links.take, methods=["POST"]))
        self._routes.install()
        ownership.install(self._database, self._name)
        allowed = AddressLimit(self._connections, network, lambda host: proxies.is_among(host, self._proxies))
        request_checks.install(hosts, self._name, self._person, self._named_person, allowed)
        proxies.install(self._proxies, self._identity.header)

    async def warn(self) -> None:
        """Say in the log what is easily overlooked."""
        has_people = bool(self._identity.auth == "password" and await self.by_password.passwords.names())
        host, port = config.run.host, config.run.port
        for sentence in start_warnings.find(self._identity, self._proxies, host, port, has_people=has_people):
            start_warnings.shout(sentence)

    def watch(self) -> None:
        """Close pages, from now on, as soon as their login has ended."""
        self._watching = asyncio.create_task(expiry.watch(self.pages.find_ended))

    def turn(self) -> AbstractAsyncContextManager[Used]:
        """A turn of the current user; yields the counter of the tokens that it uses. Raises PeopleError, OverQuota."""
        return self._admission.turn()

    async def user(self, connection: HTTPConnection) -> PersistedUser | None:
        """Whose request this is, or whose page's first one; None if it is nobody's, or the login holds no more."""
        user = await self._who(connection)
        await self.pages.close_those_of_others(connection, user)
        return await _saved_user(user) if user else None

    async def _who(self, connection: HTTPConnection) -> cl.User | None:
        user = self._identity.of_request(connection)
        return user if user and await self.validity.reason(user) is None else None

    def _name(self, connection: HTTPConnection) -> str | None:
        user = self._identity.of_request(connection)
        return user.identifier if user else None

    async def _person(self, connection: HTTPConnection) -> str | None:
        """Whose request this is: "" for whoever is at the page without a login, None for nobody."""
        return _person(await self._who(connection))

    async def _named_person(self, connection: HTTPConnection) -> str | None:
        return _person(self._identity.of_request(connection))

    async def _check_request(self, request: Request) -> PersistedUser:
        """Chainlit's user of a request, who may name what is their own."""
        user = await self.user(request)
        if user is None:
            raise HTTPException(401, "Log in")
        await ownership.check_request(request, user.identifier, self._database)
        return user

    async def _authenticate(self, environ: dict[str, Any]) -> tuple[PersistedUser, str] | tuple[None, None]:
        """Chainlit's user of a page that connects, and a token that nobody needs."""
        user = await self.user(HTTPConnection(environ["asgi.scope"]))
        return (user, "") if user else (None, None)


def _person(user: cl.User | None) -> str | None:
    return None if user is None else "" if user.identifier == LOCAL_USER else user.identifier


async def _saved_user(user: cl.User) -> PersistedUser | None:
    """The user as the database has it, made at the first request. Raises what the database raises."""
    layer = get_data_layer()
    if layer is None:
        return None
    saved: PersistedUser | None = await layer.get_user(user.identifier) or await layer.create_user(user)
    if saved:
        saved.display_name = user.display_name
    return saved
