"""What stands before Chainlit's server: whose request comes through, and that it names nothing of somebody else's.

Chainlit asks whose a thing is at most of its routes. Here that is asked at all of them, by one rule: every id in a
request is the user's own, or the answer is that of an id that there is not. Who the user is, web/auth/login.py says.
"""

from __future__ import annotations

import ipaddress
import logging
import socket as network
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from chainlit import server, socket
from chainlit.config import config
from chainlit.session import WebsocketSession
from fastapi import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tools.text import read_json
from web.server import bodies, connections, failures, middleware, unused
from web.server.body_limit import BodyLimit, Who
from web.server.connections import AddressLimit, PerAddress
from web.server.event_limit import SOCKET_PATH, EventLimit
from web.server.event_limit import Limits as EventLimits
from web.store import owners
from web.store.database import Database, is_away

logger = logging.getLogger(__name__)

Identify = Callable[[HTTPConnection], str | None]  # whose request it says that it is, by a word that can be believed


class Gate:
    """Refuses requests that another site's script makes, or that use another's connection."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, identify: Identify) -> None:
        """`hosts` are the names by which the page may be reached; None is any."""
        self._app = app
        self._hosts = hosts
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] in ("http", "websocket"):
            connection = HTTPConnection(scope)
            app = self._refusal(connection) or app
        await app(scope, receive, send)

    def _refusal(self, connection: HTTPConnection) -> ASGIApp | None:
        host = connection.headers.get("host", "")
        if self._hosts is not None and not _is_ours(name := urlsplit(f"//{host}").hostname or "", self._hosts):
            return PlainTextResponse(
                f"This app does not answer to the name {name!r}. If it is yours, start it with ALLOWED_HOSTS={name}.\n"
                f"本应用不以 {name!r} 这个名字提供服务。如果这是你的域名，请用 ALLOWED_HOSTS={name} 启动。\n",
                421,
            )
        origin = connection.headers.get("origin")
        if origin is not None and not _is_own(origin, {host, connection.headers.get("x-forwarded-host", host)}):
            return PlainTextResponse(f"The site {origin!r} may not call this app.\n", 403)
        if SOCKET_PATH in scope_path(connection) and not self._may_use(connection):
            return PlainTextResponse("Unknown session.\n", 400)
        return None

    def _may_use(self, connection: HTTPConnection) -> bool:
        """Whether the connection of socket.io that is named is the user's own; socket.io knows it by its id alone.

        A WebSocket that is named in a request without one gets no answer of socket.io's at all.
        """
        if connection.scope["type"] == "http" and "websocket" in connection.query_params.getlist("transport"):
            return False
        opened = server.sio.environ.get(connection.query_params.get("sid", ""))
        if opened is None:
            return True
        mine, here = (self._identify(one) for one in (HTTPConnection(opened["asgi.scope"]), connection))
        return mine is not None and mine == here


def prepare(
    database: Database, identify: Identify, hosts: Iterable[str] | None, who: Who, says: Who, allowed: AddressLimit
) -> None:
    """Put the gate before Chainlit's server. May be called again, as every hot reload does.

    `hosts`: None for any; else the names besides this machine's own and addresses. `who` may come in, and `says` is
    who says so by a word that may have ended since; `allowed` is how many connections an address may have.
    """
    names = None if hosts is None or "*" in hosts else frozenset(hosts) | _own_names()
    middleware.put_first(
        Middleware(Gate, hosts=names, identify=identify),
        Middleware(PerAddress, allowed=allowed),
        Middleware(BodyLimit, who=who),
        Middleware(EventLimit, who=says, limits=EventLimits()),
    )
    connections.install(allowed)
    unused.install()
    failures.install(is_away)  # before the gate: its refusals have the same headers

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
        name = identify(HTTPConnection(environ["asgi.scope"])) or ""
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

    server.sio.on("connect", connect)


async def check(request: Request, user: str, database: Database) -> None:
    """Raises HTTPException (404) where a request names what is not the user's; for sharing, too: it is not offered.

    RequestValidationError where what it brings is not what it calls it.
    """
    if "/share" in scope_path(request):
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
    """The JSON object that the request brings, under whatever type; {} where it is a form, or no object."""
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


def scope_path(connection: HTTPConnection) -> str:
    return str(connection.scope["path"])


def _is_uuid(value: object) -> bool:
    try:
        return str(uuid.UUID(str(value))) == value
    except ValueError:
        return False


def _is_own(origin: str, hosts: set[str]) -> bool:
    allowed = config.project.allow_origins
    try:
        name = urlsplit(origin).netloc
    except ValueError:  # an address in brackets that is none
        return False
    return name in hosts or origin in allowed or "*" in allowed


def _own_names() -> set[str]:
    name = network.gethostname().lower()
    return {"localhost", name, f"{name}.local", network.getfqdn().lower()}


def _is_ours(name: str, hosts: frozenset[str]) -> bool:
    """Whether a request for this host name is meant for us. Another site's name may be made to point here; an address
    may not."""
    if name in hosts or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
