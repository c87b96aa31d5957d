"""Login routes: the form, who asks, tokens, logging out. How each way lets in is elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from chainlit import server
from chainlit.user import PersistedUser
from fastapi import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from web.auth.cookies import GUEST, WAY, bearer_of, token_of
from web.auth.identity import Identity
from web.auth.open_pages import BROWSER, OpenPages
from web.auth.password_login import PasswordLogin
from web.auth.validity import BY_REQUEST, Validity
from web.server import routes
from web.server.answers import root_of

DEMO_OVER, LOGIN_ENDED = "demoOver", "loginEnded"  # keys of auth.login.errors in .chainlit/translations


class LoginRoutes:
    """What is answered at /login, /user, /auth/header and /auth/jwt, and to a logout."""

    def __init__(
        self,
        identity: Identity,
        validity: Validity,
        pages: OpenPages,
        by_password: PasswordLogin,
        user: Callable[[HTTPConnection], Awaitable[PersistedUser | None]],
    ) -> None:
        """`user` says whose request it is, if the login holds."""
        self._identity = identity
        self._validity = validity
        self._pages = pages
        self._by_password = by_password
        self._user = user

    def install(self) -> None:
        """Put these before Chainlit's own. May be called again, as every hot reload does."""
        routes.put_first(Route("/login", self._show_login))
        routes.put_first(Route("/login", self._log_in, methods=["POST"], name="login"))  # Chainlit leads there by it
        routes.put_first(Route("/auth/header", self._enter, methods=["POST"]))
        routes.put_first(Route("/auth/jwt", self._take_token, methods=["POST"]))
        routes.put_first(Route("/user", self._say_who))

    async def _show_login(self, request: Request) -> Response:
        """The login; whoever was logged in reads why that is over, and a guest is asked for no password."""
        user = self._identity.of_request(request)
        is_told = "error" in request.query_params or "as" in request.query_params
        if is_told or user is None or await self._validity.reason(user) is None:
            page_of_login: Response = await server.serve(request)
            return page_of_login
        reason = DEMO_OVER if user.metadata[WAY] == GUEST else LOGIN_ENDED
        return RedirectResponse(f"{root_of(request)}login?error={reason}", 303)

    async def _say_who(self, request: Request) -> Response:
        """Who asks. Nobody is 401, but for public/page.js, in whose console that would be an error: 204."""
        if user := await self._user(request):
            response = JSONResponse(user.to_dict())
            if self._identity.header and BROWSER not in request.cookies:
                response.set_cookie(BROWSER, secrets.token_urlsafe(12))  # guarded as all are: web/server/headers.py
            return response
        return Response(status_code=204) if "page" in request.query_params else JSONResponse({"detail": "Log in"}, 401)

    async def _enter(self, request: Request) -> Response:
        """Whether a request names a user by itself, if no form is needed; there is nothing to remember of it."""
        if self._identity.auth not in BY_REQUEST:
            raise HTTPException(400, "Log in by the form")
        if await self._user(request) is None:
            raise HTTPException(401)
        return JSONResponse({"success": True})

    async def _take_token(self, request: Request) -> Response:
        """Put a token that holds into a cookie. It is no new one: a login is never longer than at its beginning."""
        user = self._identity.of_token(token := bearer_of(request))
        if user is None or token is None or await self._validity.reason(user):
            raise HTTPException(401)
        response = JSONResponse({"success": True})
        server.set_auth_cookie(request, response, token)
        return response

    async def _log_in(self, request: Request) -> Response:
        if self._identity.auth != "password":
            raise HTTPException(400, "Nobody logs in by a password here")
        return await self._by_password.answer(request)

    async def log_out(self, request: Request, response: Response) -> dict[str, bool]:
        """End the login everywhere its cookie is. Chainlit, which asks this, has taken it from this browser."""
        for token in {token_of(request), bearer_of(request)}:
            if user := self._identity.of_token(token):
                await self._pages.end_login(user)
        return {"success": True}
