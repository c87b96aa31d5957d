"""Chainlit's login, answered by ours: its callbacks, and the places at which it asks whose a request or a page is."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import chainlit as cl
from chainlit import server
from chainlit.auth import get_current_user
from chainlit.user import PersistedUser
from starlette.requests import Request
from starlette.responses import Response

from web.auth.identity import Auth
from web.server.chainlit_internals import replace


def install(
    auth: Auth,
    secret: str,
    of_account: Callable[..., Awaitable[cl.User | None]],
    log_out: Callable[[Request, Response], Awaitable[dict[str, bool]]],
    check_request: Callable[[Request], Awaitable[PersistedUser]],
    authenticate: Callable[[dict[str, Any]], Awaitable[tuple[PersistedUser, str] | tuple[None, None]]],
) -> None:
    """Put these into Chainlit's server. May be called again, as every hot reload does.

    `secret` signs the cookies, `of_account` lets a provider's account in; `check_request` says whose a request is, and
    `authenticate` whose a page that connects.
    """
    os.environ.setdefault("CHAINLIT_AUTH_SECRET", secret)
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn believes no header itself: web/server/proxies.py sees the peer
    match auth:  # by which callback there is, Chainlit's page knows what to ask for
        case "none" | "header":
            replace("chainlit.config.config.code.header_auth_callback", _is_answered_here)
        case "password":
            replace("chainlit.config.config.code.password_auth_callback", _is_answered_here)
        case "oauth":
            replace("chainlit.config.config.code.oauth_callback", of_account)
    replace("chainlit.config.config.code.on_logout", log_out)
    server.app.dependency_overrides[get_current_user] = check_request
    replace("chainlit.socket._authenticate_connection", authenticate)


async def _is_answered_here(*_: object) -> None:
    """Nobody comes in by Chainlit's own routes, which know neither cookies nor addresses."""
