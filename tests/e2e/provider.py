"""An OAuth 2.0 provider on loopback: sends whoever comes back with a code, and tells who that is (RFC 6749, 4.1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dev.app_process import free_port

CLIENT, SECRET = "qingtan", "the client's secret"


class Provider:
    """Knows one person at a time: whoever has `address` is logged in there."""

    def __init__(self) -> None:
        self.address = "anna@example.com"
        self._codes: dict[str, tuple[str, str]] = {}  # the address that a code stands for, and where it may be used
        self._tokens: dict[str, str] = {}
        self.url = f"http://localhost:{free_port()}"

    def env(self) -> dict[str, str]:
        """What the app is started with."""
        return {
            "AUTH": "oauth",
            "OAUTH_GENERIC_NAME": "example",
            "OAUTH_GENERIC_CLIENT_ID": CLIENT,
            "OAUTH_GENERIC_CLIENT_SECRET": SECRET,
            "OAUTH_GENERIC_AUTH_URL": f"{self.url}/authorize",
            "OAUTH_GENERIC_TOKEN_URL": f"{self.url}/token",
            "OAUTH_GENERIC_USER_INFO_URL": f"{self.url}/userinfo",
            "OAUTH_GENERIC_SCOPES": "openid email",
        }

    async def authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid email")
        code = token_hex()
        self._codes[code] = self.address, asked["redirect_uri"]
        answer = urlencode({"code": code, "state": asked["state"]})  # Chainlit's state may hold "%" and "&"
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def token(self, request: Request) -> Response:
        async with request.form() as form:
            address, place = self._codes.pop(str(form["code"]), ("", ""))
            known = (form["client_id"], form["client_secret"], form["redirect_uri"]) == (CLIENT, SECRET, place)
        if not known:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = token_hex()
        self._tokens[token] = address
        return JSONResponse({"access_token": token, "token_type": "Bearer"})

    async def user_info(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": "1", "email": self._tokens[token]})


@contextmanager
def provider() -> Iterator[Provider]:
    """A running one, in a thread."""
    made = Provider()
    routes = [
        Route("/authorize", made.authorize),
        Route("/token", made.token, methods=["POST"]),
        Route("/userinfo", made.user_info),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=int(made.url.rpartition(":")[2]), log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join()
