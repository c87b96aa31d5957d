"""The page's own connection: is it there, is it behind, does somebody type, and questions that waited in the page."""

from __future__ import annotations

import hashlib
import math
import time
import uuid
import weakref
from typing import Any

from chainlit import server
from chainlit.chat_context import chat_context
from chainlit.context import context
from chainlit.session import BaseSession
from chainlit.utils import utc_now

from web.server.page_value import PageValue

TYPING_S = 1.5  # after a key; public/page.js tells of one a second


_typed_at_s = PageValue[float]("typed_at_s", lambda: -math.inf)
_taken = PageValue[set[str]]("taken", set)  # the numbers of questions that have waited in the page
_shown_by = PageValue["weakref.ref[BaseSession] | None"]("shown_by", lambda: None)


def show_in(page: BaseSession, newer: BaseSession) -> None:
    """Send to a newer page of its chat, from now on, what `page` would get."""
    page.emit = newer.emit
    _shown_by.set(page, weakref.ref(newer))


def is_connected(sid: str) -> bool:
    """Whether the connection of this id is there."""
    return bool(server.sio.manager.is_connected(sid, "/"))


def is_behind() -> bool:
    """Whether what was sent to the current chat's page still waits here: socket.io's own queue for it has no limit."""
    connections, manager = server.sio.eio.sockets, server.sio.manager
    connection = connections.get(manager.eio_sid_from_sid(_page().socket_id, "/"))
    return bool(connection and connection.queue.qsize())


async def hear(data: Any) -> None:
    """Take what public/page.js says to the server: that somebody types, or a question that has waited in the page."""
    match data:
        case {"typing": True}:
            _typed_at_s.set(context.session, time.monotonic())
        case {"ask": str(text), "number": str(number), "thread": context.session.thread_id}:
            await _ask(context.session, text, number)


async def _ask(session: Any, text: str, number: str) -> None:
    """Take a question as if it had come from the page's box, once for each number, and tell the page that it is taken.

    Chainlit's page passes on what any other window posts to it; the chat's id, which none of those knows, is the proof.
    """
    await session.emit("window_message", {"taken": number})
    taken = _taken.of(session)
    made_of = hashlib.sha256(f"{session.thread_id} {number}".encode()).digest()[:16]
    step_id = str(uuid.UUID(bytes=made_of, version=4))  # known again also if the page's session was freed meanwhile
    if number in taken or any(message.id == step_id for message in chat_context.get()):
        return  # sent again, as the connection broke before the page was told
    taken.add(number)
    name = session.user.identifier if session.user else "User"
    step = {"id": step_id, "threadId": session.thread_id, "name": name, "type": "user_message"}
    step |= {"output": text, "createdAt": utc_now()}
    await session.emit("new_message", step)  # what its box sends, the page draws by itself
    await server.sio.handlers["/"]["client_message"](session.socket_id, {"message": step, "fileReferences": []})


def is_typing() -> bool:
    """Whether somebody typed into the current chat's page a moment ago."""
    return time.monotonic() - _typed_at_s.of(_page()) < TYPING_S


def _page() -> Any:
    """The session whose page shows the current turn: a newer one than asked for it, if the page was loaded anew."""
    newer = _shown_by.of(context.session)
    return (newer and newer()) or context.session
