"""Proxies' headers, taken from proxies alone: who sent a request, over which scheme, and who they are.

Must be the outermost of our middleware. Behind it no request has such a header that a stranger wrote, and
`scope["client"]` is who sent the request to the outermost proxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from web.server import middleware_stack

LOOPBACK = "127.0.0.0/8, ::1"
SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(setting: str | None) -> tuple[Network, ...]:
    """The addresses and networks of TRUSTED_PROXIES; loopback if it is empty. Raises ValueError."""
    found = []
    for one in filter(None, (part.strip() for part in (setting or LOOPBACK).split(","))):
        try:
            found.append(ipaddress.ip_network(one))
        except ValueError as error:
            raise ValueError(f"{one!r} is neither an address nor a network such as 172.16.0.0/12: {error}") from error
    return tuple(found)


class TrustedProxies:
    """Believes the headers of proxies, and takes them from everybody else's requests."""

    def __init__(self, app: ASGIApp, proxies: Iterable[Network], header: str | None = None) -> None:
        """`header` is one more that only a proxy may send: the user's name."""
        self._app = app
        self._proxies = tuple(proxies)
        self._header = (header or "").lower().encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = self._as_sent(scope)
        await self._app(scope, receive, send)

    def _as_sent(self, scope: Scope) -> Scope:
        peer = _address(scope["client"][0]) if scope.get("client") else None
        if not self._is_proxy(peer):
            kept = [(name, value) for name, value in scope["headers"] if not self._is_a_proxys(name)]
            return {**scope, "headers": kept}
        headers = Headers(scope=scope)
        changed: dict[str, Any] = {}
        if way := ",".join(headers.getlist("x-forwarded-for")):
            changed["client"] = (self._first_stranger(way) or str(peer), 0)
        if scheme := SCHEMES.get(headers.get("x-forwarded-proto", "").strip().lower()):
            changed["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
        return {**scope, **changed}

    def _first_stranger(self, way: str) -> str:
        """The last address of X-Forwarded-For that is no proxy's: what stands before it, anybody may have written."""
        found = ""
        for part in reversed(way.split(",")):
            address = _address(part)
            if address is None:
                break
            found = str(address)
            if not self._is_proxy(address):
                break
        return found

    def _is_proxy(self, address: Address | None) -> bool:
        return address is not None and is_among(str(address), self._proxies)

    def _is_a_proxys(self, name: bytes) -> bool:
        return name == self._header or name == b"forwarded" or name.startswith((b"x-forwarded-", b"x-real-ip"))


def is_among(address: str, proxies: Iterable[Network]) -> bool:
    """Whether the address is one of these proxies'."""
    found = _address(address)
    return found is not None and any(found in network for network in proxies)


def _address(text: str) -> Address | None:
    """The address, as proxies write it: 192.0.2.7, 192.0.2.7:80, 2001:db8::1, [2001:db8::1]:80."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def install(proxies: Iterable[Network], header: str | None) -> None:
    """Put it before Chainlit's server. May be called again, as every hot reload does."""
    middleware_stack.put_first(Middleware(TrustedProxies, proxies=tuple(proxies), header=header))
