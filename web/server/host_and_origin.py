"""Host and Origin of each request: refused under a name that is not ours, and from another site's script."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from chainlit.config import config
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class HostAndOriginCheck:
    """Refuses requests to a name that is not ours, and those that another site's script makes."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        """`hosts` are the names by which the page may be reached; None is any."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_request = scope["type"] in ("http", "websocket")
        refusal = self._refusal(HTTPConnection(scope)) if is_request else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, connection: HTTPConnection) -> ASGIApp | None:
        host = connection.headers.get("host", "")
        if self._hosts is not None and not _is_our_host(name := urlsplit(f"//{host}").hostname or "", self._hosts):
            return PlainTextResponse(
                f"This app does not answer to the name {name!r}. If it is yours, start it with ALLOWED_HOSTS={name}.\n"
                f"本应用不以 {name!r} 这个名字提供服务。如果这是你的域名，请用 ALLOWED_HOSTS={name} 启动。\n",
                421,
            )
        origin = connection.headers.get("origin")
        if origin is not None and not _is_own_origin(origin, {host, connection.headers.get("x-forwarded-host", host)}):
            return PlainTextResponse(f"The site {origin!r} may not call this app.\n", 403)
        return None


def _is_own_origin(origin: str, hosts: set[str]) -> bool:
    allowed = config.project.allow_origins
    try:
        name = urlsplit(origin).netloc
    except ValueError:  # an address in brackets that is none
        return False
    return name in hosts or origin in allowed or "*" in allowed


def _is_our_host(name: str, hosts: frozenset[str]) -> bool:
    """Whether a request for this host name is meant for us. Another site's name may be made to point here; an address
    may not."""
    if name in hosts or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
