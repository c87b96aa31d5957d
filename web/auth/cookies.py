"""The login's cookie: what we sign into it, and how it is read. Not whether that login still holds."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import chainlit as cl
from chainlit.auth import decode_jwt, get_token_from_cookies
from chainlit.config import config
from jwt import InvalidTokenError
from starlette.requests import HTTPConnection

from web.store.tables import time_text

# What it says besides the name: the login's id, when that login began, by which way, since when the password that was
# given was the person's, and a guest's link. A renewed cookie says the same.
LOGIN, BEGAN, WAY, SINCE, LINK = "login", "began", "way", "password_since", "link"
GUEST = "guest"  # the way of those who come by a link


def new_login(name: str, way: str, display_name: str | None = None, **said: Any) -> cl.User:
    """The user of a login that begins now."""
    told = {LOGIN: secrets.token_urlsafe(12), BEGAN: time_text(), WAY: way, **said}
    return cl.User(name, display_name=display_name or name, metadata=told)


def user_of(token: str | None) -> cl.User | None:
    """To whom we gave this token; None if we did not, if it is too old, or of a version that named no login."""
    try:
        user = decode_jwt(token) if token else None
    except (InvalidTokenError, TypeError, ValueError, KeyError):
        return None
    names_login = user and all(isinstance(user.metadata.get(key), str) for key in (LOGIN, BEGAN, WAY))
    return user if names_login else None


def lasts_until(user: cl.User) -> datetime:
    """When the login ends by itself, counted from its beginning."""
    return datetime.fromisoformat(user.metadata[BEGAN]) + timedelta(seconds=config.project.user_session_timeout)


def token_of(connection: HTTPConnection) -> str | None:
    """The token that a request brings: in its cookies, or else as a bearer's."""
    return get_token_from_cookies(connection.cookies) or bearer_of(connection)


def bearer_of(connection: HTTPConnection) -> str | None:
    """The token that a request brings in its Authorization header."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None
