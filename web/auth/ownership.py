"""Ownership: every id that a request names is the user's own, or the answer is that of an id that there is not.

Chainlit asks whose a thing is at most of its routes; here it is asked at all of them. Who the user is, is asked of
web/auth/login.py.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from chainlit import server, socket
from chainlit.session import WebsocketSession
from fastapi import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tools.text import read_json
from web.server import bodies
from web.server.event_limit import SOCKET_PATH
from web.server.socket_events import handle
from web.store import owners
from web.store.database import Database

logger = logging.getLogger(__name__)

NameOf = Callable[[HTTPConnection], str | None]  # whom a request names, by a word that can be believed


class OwnConnectionCheck:
    """Refuses requests that use another user's connection of socket.io, which knows one by its id alone."""

    def __init__(self, app: ASGIApp, name_of: NameOf) -> None:
        self._app = app
        self._name_of = name_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_request = scope["type"] in ("http", "websocket")
        if is_request and SOCKET_PATH in scope["path"] and not self._may_use(HTTPConnection(scope)):
            await PlainTextResponse("Unknown session.\n", 400)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_use(self, connection: HTTPConnection) -> bool:
        """Whether the connection that is named is the user's own, or there is none of that id.

        A WebSocket that is named in a request without one gets no answer of socket.io's at all.
        """
        if connection.scope["type"] == "http" and "websocket" in connection.query_params.getlist("transport"):
            return False
        opened = server.sio.environ.get(connection.query_params.get("sid", ""))
        if opened is None:
            return True
        mine, here = (self._name_of(one) for one in (HTTPConnection(opened["asgi.scope"]), connection))
        return mine is not None and mine == here


def install(database: Database, name_of: NameOf) -> None:
    """Ask whose the chat is at which a page connects. May be called again, as every hot reload does."""

    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        """Let a page connect, under a name for its session that is one, and to no chat but its own.

        Chainlit makes a folder of that name and deletes it in the end, whatever the name is. It also takes an unknown
        chat's id for the new chat's, and so a chat that another user is about to begin. And it would read the whole
        chat here, where a failure leaves the page without an answer: whose it is is enough, and it is read once, when
        it is shown.
        """
        asked = _object(auth)
        thread_id = asked.get("threadId") or ""
        if not _is_uuid(asked.get("sessionId")) or not isinstance(thread_id, str):
            raise ConnectionRefusedError("unknown session")
        name = name_of(HTTPConnection(environ["asgi.scope"])) or ""
        try:
            known = WebsocketSession.get_by_id(asked["sessionId"])  # it can come back while the database is away
            is_open = known is not None and known.thread_id == thread_id and _is_of(known, name)
            owner = await owners.of_thread(database, thread_id) if thread_id and not is_open else None
        except Exception as error:
            logger.error("whose a chat is cannot be read: %s", error)
            raise ConnectionRefusedError("not readable just now") from error
        if owner not in (None, name):
            raise ConnectionRefusedError("authorization failed")
        await socket.connect(sid, environ, {**asked, "threadId": ""})
        session = WebsocketSession.require(sid)
        if thread_id and not session.restored:
            session.thread_id_to_resume = thread_id
            session.thread_id = thread_id if owner or is_open else session.thread_id
        return True

    handle("connect", connect)


async def check_request(request: Request, user: str, database: Database) -> None:
    """Refuse a request that names what is not the user's, and all sharing: it is not offered.

    Raises HTTPException (404), and RequestValidationError if something is not what the request calls it.
    """
    if "/share" in request.scope["path"]:
        raise HTTPException(404, "Not found")
    body = await _body(request)
    bodies.check(body)
    element, feedback = _object(body.get("element")), _object(body.get("feedback"))
    named = {**request.query_params, **request.path_params}
    sessions = _ids(named.get("session_id"), body.get("sessionId"))
    own = [session for session in map(WebsocketSession.get_by_id, sessions) if _is_of(session, user)]
    here = {session.thread_id for session in own}
    threads = _ids(named.get("thread_id"), body.get("threadId"), element.get("threadId"))
    asked: list[tuple[Callable[[Database, str], Awaitable[str | None]], str]] = [
        *((owners.of_thread, one) for one in threads),
        *((owners.of_step, one) for one in _ids(feedback.get("forId"))),
        *((owners.of_feedback, one) for one in _ids(body.get("feedbackId"))),
    ]
    for find, one in asked:
        if await find(database, one) != user and one not in here:
            raise HTTPException(404, "Not found")
    if len(own) != len(sessions):
        raise HTTPException(404, "Not found")


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object that the request brings, under whatever type; {} if it is a form, or no object."""
    if request.headers.get("content-type", "").lower().startswith(("multipart/", "application/x-www-form")):
        return {}
    try:
        return _object(read_json(await request.body() or "{}"))
    except ValueError:
        return {}
    except ClientDisconnect as error:  # which nobody waits for, and is no failure to log
        raise HTTPException(400, "The request was not read to its end") from error


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ids(*values: object) -> list[str]:
    return [str(value) for value in values if value]


def _is_of(session: WebsocketSession | None, user: str) -> bool:
    return session is not None and session.user is not None and session.user.identifier == user


def _is_uuid(value: object) -> bool:
    try:
        return str(uuid.UUID(str(value))) == value
    except ValueError:
        return False
