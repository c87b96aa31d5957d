"""Limit of an address: how many connections and requests it may have at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from web.server.answers import too_many_pages


@dataclass(frozen=True)
class AddressLimit:
    """How many connections one address may have. `household` is what is counted as one; from a proxy many come."""

    most: int
    household: Callable[[str], str]
    is_proxy: Callable[[str], bool]


class PerAddress:
    """No more requests at once of one address than it may have connections: also of those behind a proxy."""

    def __init__(self, app: ASGIApp, allowed: AddressLimit) -> None:
        self._app = app
        self._allowed = allowed
        self._asking = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope) if scope["type"] in ("http", "websocket") else None
        if connection is None or connection.client is None or self._allowed.is_proxy(connection.client.host):
            await self._app(scope, receive, send)
            return
        address = self._allowed.household(connection.client.host)
        if self._asking[address] >= self._allowed.most:
            await too_many_pages(connection)(scope, receive, send)
            return
        self._asking[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._asking[address] -= 1
            if not self._asking[address]:
                del self._asking[address]
