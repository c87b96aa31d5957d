"""Answers in words of ours, in the browser's language, and where a browser is led. Knows no route."""

from __future__ import annotations

import os
from urllib.parse import urlencode

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response

from web.texts import language_of


def in_words(request: HTTPConnection, status: int, english: str, chinese: str) -> Response:
    """A refusal that the page can show, in the browser's language."""
    return JSONResponse({"detail": chinese if is_chinese(request) else english}, status)


def is_chinese(request: HTTPConnection) -> bool:
    """Whether the browser asks for Chinese before anything else."""
    return language_of(request.headers.get("accept-language", "")) == "zh"


def too_many_pages(request: HTTPConnection) -> Response:
    """The answer to one connection more than there may be."""
    return in_words(
        request,
        429,
        "Too many pages are open. Close some, and try again in a minute.",
        "打开的页面太多。请关闭一些，一分钟后再试。",
    )


def ask_to_log_in(request: HTTPConnection) -> Response:
    """The answer to nobody: a browser that asks for a page is led to the login."""
    if not wants_page(request):
        return JSONResponse({"detail": "Log in"}, 401)
    return RedirectResponse(f"{root_of(request)}login?{urlencode({'next': request.url.path})}", 303)


def wants_page(request: HTTPConnection) -> bool:
    """Whether a person looks at the answer, in a browser."""
    return "text/html" in request.headers.get("accept", "")


def root_of(request: HTTPConnection) -> str:
    """The address of the page, such as / or /chat/: before it a proxy may have a path of its own."""
    return os.path.join(request.scope.get("root_path") or "/", "")
