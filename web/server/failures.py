"""Failed requests: answered in words, here and nowhere else; what an exception says goes to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable

from chainlit import server
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.server import middleware_stack
from web.server.answers import is_chinese, wants_page
from web.server.headers import Headers
from web.server.wellformed import is_wellformed

logger = logging.getLogger(__name__)
IsAway = Callable[[Exception], bool]

SENTENCES = {
    400: ("No page makes such a request. Check the address.", "页面不会发出这样的请求。请检查地址。"),
    404: ("There is nothing at this address.", "这个地址没有内容。"),
    422: (
        "This is not a request that the page makes. Reload the page, and try again.",
        "页面不会发出这样的请求。请刷新页面后再试。",
    ),
    500: (
        "Something went wrong on the server; it was logged. Try again, or reload the page.",
        "服务器出了点问题，详情已记入日志。请再试一次，或者刷新页面。",
    ),
    503: (
        "Chats can be neither read nor kept just now. Try again in a minute.",
        "暂时无法读取或保存对话，请过一分钟再试。",
    ),
}


class Failures:
    """Answers what cannot be meant, and what breaks behind it."""

    def __init__(self, app: ASGIApp, is_away: IsAway) -> None:
        """`is_away` tells of an exception whether the database cannot be reached just now."""
        self._app = app
        self._is_away = is_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = has_left = False

        async def receiving() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        if not is_wellformed(scope):
            await told(Request(scope), 400)(scope, receive, send)
            return
        try:
            await self._app(scope, receiving, sending)
            if not has_begun and not has_left:
                raise RuntimeError("nothing was answered")
        except Exception as error:
            if has_begun:  # it cannot be taken back; that the connection ends says that it is not whole
                raise
            await told(Request(scope), self._status(error, scope))(scope, receive, send)

    def _status(self, error: Exception, scope: Scope) -> int:
        if self._is_away(error):
            logger.error("%s %r: the database is away: %s", scope["method"], scope["path"], type(error).__name__)
            return 503
        logger.error("%s %r broke", scope["method"], scope["path"], exc_info=error)
        return 500


def told(request: Request, status: int) -> Response:
    """The answer with this status in words: as JSON, as the page reads it, or as text in a browser's window."""
    headers = {"Retry-After": "60"} if status == 503 else {}
    english, chinese = SENTENCES[status]
    sentence = chinese if is_chinese(request) else english
    if wants_page(request):
        return PlainTextResponse(f"{sentence}\n", status, headers)
    return JSONResponse({"detail": sentence}, status, headers)


def install(is_away: IsAway) -> None:
    """Put this and the headers before all else of Chainlit's server. May be called again, as every hot reload does."""
    middleware_stack.put_first(Middleware(Headers), Middleware(Failures, is_away=is_away))
    server.app.add_exception_handler(RequestValidationError, _refuse)
    server.app.add_exception_handler(HTTPException, _refuse_or_raise)


async def _refuse(request: Request, error: Exception) -> Response:
    """FastAPI would tell what its models look like, and say again what it was sent."""
    return told(request, 422)


async def _refuse_or_raise(request: Request, error: Exception) -> Response:
    """What Chainlit tells of an exception, it tells in the exception's own words."""
    if isinstance(error, HTTPException) and error.status_code < 500:
        return await http_exception_handler(request, error)
    raise error.__cause__ or error
