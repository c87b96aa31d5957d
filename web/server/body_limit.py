"""Limit of a request's body: how large, counted while it comes, and from whom it is taken; the one place for both.

Who is not logged in is asked to log in before any of it is read. What of a refused body still comes,
web/server/http_connection.py lets pass, up to a limit. Knows no route but those that name a limit of their own.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chainlit import server
from starlette._utils import get_route_path
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.server.answers import ask_to_log_in, in_words

BODY_BYTES = 50_000  # the page sends some kB; of the worst JSON the loop reads so much in a fiftieth of a second
OPEN_BYTES = 10_000  # what whoever is not logged in may send: a name and a password
OPEN_PATHS = ("/login", "/logout", "/auth/", "/guest/")
FORM_BYTES = 10_000  # what a form has around its file
PASSING_BYTES = 300_000_000  # of a refused body: a browser reads no answer before it has sent all

Who = Callable[[HTTPConnection], Awaitable[str | None]]  # whose request it is; "" for whoever is there, None for nobody
Refuse = Callable[[Request], Response]


@dataclass(frozen=True)
class Allowance:
    """The longest body that a route takes, and its answer to a longer one."""

    max_bytes: int
    refuse: Refuse
    asks_itself: bool = False  # who it is, before it reads a byte


_own: dict[tuple[str, str], Allowance] = {}  # by method and path


def allow(method: str, path: str, max_bytes: int, refuse: Refuse | None = None, *, asks_itself: bool = False) -> None:
    """Give a route a limit of its own. May be called again, as every hot reload does."""
    _own[method, path] = Allowance(max_bytes, refuse or refuser(max_bytes), asks_itself)


def refuser(max_bytes: int) -> Refuse:
    """Answers 413, in words."""

    def refuse(request: Request) -> Response:
        return in_words(
            request,
            413,
            f"This request is larger than {size(max_bytes)}, which is more than is taken here. Send less at once.",
            f"这个请求超过了 {size(max_bytes)} 的上限。请分几次发送。",
        )

    return refuse


def size(count: int) -> str:
    """So many bytes, as a person reads it."""
    return f"{count / 1_000_000:g} MB" if count >= 1_000_000 else f"{count / 1000:g} kB"


class BodyLimit:
    """Takes a body from whom `who` knows, and no more of it than its route allows."""

    def __init__(self, app: ASGIApp, who: Who) -> None:
        self._app = app
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (length := _length(request := Request(scope))):
            await self._app(scope, receive, send)
            return
        is_open = request.method in ("GET", "HEAD", "OPTIONS") or _path(scope).startswith(_open_paths())
        most = OPEN_BYTES if is_open else BODY_BYTES
        allowance = _own.get((request.method, _path(scope))) or Allowance(most, refuser(most))
        if not (is_open or allowance.asks_itself) and await self._who(request) is None:
            await ask_to_log_in(request)(scope, receive, send)
            return
        if not is_open:
            scope.setdefault("state", {})["passing_bytes"] = PASSING_BYTES
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            answer = in_words(request, 415, "Send this without compression.", "请不要压缩请求内容。")
            await answer(scope, receive, send)
        elif math.inf > length > allowance.max_bytes:
            await allowance.refuse(request)(scope, receive, send)
        else:
            await self._count(allowance, request, receive, send)

    async def _count(self, allowance: Allowance, request: Request, receive: Receive, send: Send) -> None:
        """Let the app answer; of a body that becomes too long it gets no more, and what it then answers is not sent."""
        left, has_begun = allowance.max_bytes, False

        async def counted() -> Message:
            nonlocal left
            message: Message = {} if left < 0 else await receive()
            left -= len(message.get("body", b""))
            return {"type": "http.disconnect"} if left < 0 else message

        async def answer(message: Message) -> None:
            nonlocal has_begun
            if left >= 0 or has_begun:
                has_begun = True
                await send(message)

        try:
            await self._app(request.scope, counted, answer)
        except ClientDisconnect:  # nobody waits for an answer, or it follows here
            pass
        except Exception:
            if left >= 0:
                raise
        if left < 0 and not has_begun:
            await allowance.refuse(request)(request.scope, receive, send)


def _length(request: Request) -> float:
    """How long the body says that it is; infinite if it does not say, 0 if there is none."""
    said = request.headers.get("content-length", "")
    if "transfer-encoding" in request.headers or (said and not said.isascii()) or len(said) > 18:
        return math.inf
    return int(said) if said.isdigit() else math.inf if said else 0


def _path(scope: Scope) -> str:
    return str(get_route_path(scope))


def _open_paths() -> tuple[str, ...]:
    return tuple(f"{server.router.prefix}{path}" for path in OPEN_PATHS)
