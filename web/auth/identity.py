"""Identity: whom a request, a token or an open page names. Not whether that login still holds."""

from __future__ import annotations

from typing import Literal

import chainlit as cl
from chainlit.session import WebsocketSession
from starlette.requests import HTTPConnection

from web.auth.allowed_accounts import MAX_CHARS, Allowed
from web.auth.cookies import GUEST, WAY, new_login, token_of, user_of
from web.auth.guests import PREFIX
from web.auth.validity import BY_REQUEST
from web.chat.state import LOCAL_USER

Auth = Literal["none", "password", "header", "oauth"]


class Identity:
    """Reads who it is, by a word that we or the proxy gave."""

    def __init__(self, auth: Auth, header: str | None, allowed: Allowed) -> None:
        """`header` names the user, if AUTH is header; `allowed` are the accounts of OAuth that may come in."""
        self.auth = auth
        self.header = header
        self.allowed = allowed

    def of_request(self, connection: HTTPConnection) -> cl.User | None:
        """Who a request says that it comes from; None if it names nobody, or a name that cannot be."""
        if self.auth == "none":
            return cl.User(LOCAL_USER, display_name=LOCAL_USER, metadata={WAY: "none"})
        if self.header and (given := [one for one in connection.headers.getlist(self.header) if one.strip()]):
            return _outsider(_utf8(given[0].strip())) if len(given) == 1 else None
        return self.of_token(token_of(connection))

    def of_token(self, token: str | None) -> cl.User | None:
        """Whom we gave the token, by a way that is in use."""
        user = user_of(token)
        if user is None or user.metadata[WAY] not in {self.auth, GUEST} - set(BY_REQUEST):
            return None
        provider, _, account = user.identifier.partition(":")
        is_out = user.metadata[WAY] == "oauth" and not self.allowed.lets_in(provider, account, {})
        return None if is_out else user  # whom OAUTH_ALLOWED names no longer is out with the next start

    def of_page(self, page: WebsocketSession) -> cl.User | None:
        """Who an open page's connection says that it comes from; a page that comes back has another connection."""
        environ = page.environ
        if "login.user" not in environ:
            environ["login.user"] = self.of_request(HTTPConnection(environ["asgi.scope"]))
        user: cl.User | None = environ["login.user"]
        return user if user and page.user and user.identifier == page.user.identifier else None

    async def of_account(
        self, provider: str, token: str, raw: dict[str, str], known: cl.User, id_token: str | None = None
    ) -> cl.User | None:
        """The new login of an account that the provider knows, if OAUTH_ALLOWED names it."""
        account = known.identifier
        if not self.allowed.lets_in(provider, account, raw):
            return None
        # The provider is part of the name: that of one provider is not that of another.
        return new_login(f"{provider}:{account}", "oauth", account)


def _outsider(name: str) -> cl.User | None:
    """Whom the proxy names. Whoever they are, they are not one of those who are here without it."""
    is_name = name != LOCAL_USER and not name.startswith(PREFIX) and name.isprintable() and len(name) <= MAX_CHARS
    return cl.User(name, display_name=name, metadata={WAY: "header"}) if is_name else None


def _utf8(header: str) -> str:
    """A header's value as proxies write it: Starlette reads all of them as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header
