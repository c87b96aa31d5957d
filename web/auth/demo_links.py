"""Demo links at /guest/{token}: let a new guest in, and ask a user who is logged in before that login is replaced."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable

import chainlit as cl
from chainlit import server
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.auth.cookies import GUEST, LINK, WAY, new_login
from web.auth.guests import Guests, new_name
from web.auth.validity import BY_REQUEST
from web.server.answers import root_of
from web.server.plain_page import plain_page
from web.texts import texts_for

Who = Callable[[Request], Awaitable[cl.User | None]]

LINK_ENDED = "linkEnded"  # a key of auth.login.errors in .chainlit/translations


class DemoLinks:
    """The answers to GET and POST."""

    def __init__(self, guests: Guests, who: Who, end: Callable[[cl.User], Awaitable[None]]) -> None:
        """`who` says whose request it is, and `end` ends that login."""
        self._guests = guests
        self._who = who
        self._end = end

    async def show(self, request: Request) -> Response:
        """Let in a guest who is not logged in; a preview, which asks without cookies, leaves nothing here."""
        user = await self._who(request)
        number = await self._number(request, user)
        if number is None:
            return RedirectResponse(f"{root_of(request)}login?error={LINK_ENDED}", 303)
        if request.method == "HEAD":
            return Response()
        if user is None:
            return _let_in(request, number)
        return _go_in(request) if _stays(user, number) else _ask(request, user)

    async def take(self, request: Request) -> Response:
        """Replace a login by a guest's, as its person asked for on our own page."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or "origin" not in request.headers:
            raise HTTPException(403)  # an origin that is not ours does not come so far (web/auth/request_checks.py)
        user = await self._who(request)
        number = await self._number(request, user)
        if number is None:
            return RedirectResponse(f"{root_of(request)}login?error={LINK_ENDED}", 303)
        if user and _stays(user, number):
            return _go_in(request)
        if user:
            await self._end(user)
        return _let_in(request, number)

    async def _number(self, request: Request, user: cl.User | None) -> int | None:
        is_open_to_all = user is not None and user.metadata[WAY] == "none"
        return None if is_open_to_all else await self._guests.find_link(request.path_params["token"])


def _stays(user: cl.User, number: int) -> bool:
    """Whether the link changes nothing for them: its own guest, or a user whom each request names."""
    return user.metadata.get(LINK) == number or user.metadata[WAY] in BY_REQUEST


def _let_in(request: Request, number: int) -> Response:
    response = _go_in(request)
    guest = new_login(new_name(), GUEST, "guest", **{LINK: number})
    server.set_auth_cookie(request, response, server.create_jwt(guest))
    return response


def _ask(request: Request, user: cl.User) -> Response:
    texts = texts_for(request.headers.get("Accept-Language", ""))
    about = texts.guest_instead_about.format(name=user.display_name or user.identifier)
    content = f"""<p>{html.escape(about)}</p>
<form method="post"><button>{texts.guest_instead_button}</button></form>"""
    page = plain_page(texts.language, texts.guest_instead, content, texts.guest_instead_back)
    page.headers["Cache-Control"] = "no-store"
    return page


def _go_in(request: Request) -> Response:
    return RedirectResponse(root_of(request), 303)
