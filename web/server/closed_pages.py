"""Closed pages: frees their sessions, and what Chainlit's tables keep of them. Knows no chat.

Chainlit frees a session an hour after its page left, if nothing failed then, and never what the page showed.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from chainlit.chat_context import chat_contexts
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.session import WebsocketSession, ws_sessions_id, ws_sessions_sid
from chainlit.user_session import user_sessions

from web.server.connection import is_connected
from web.server.page_value import PageValue
from web.server.socket_events import Handler, handle

logger = logging.getLogger(__name__)
LOOK_EVERY_S, GIVE_BACK_EVERY_S = 1.0, 10.0
M_ARENA_MAX, HEAPS = -8, 2  # malloc.h; glibc has eight a core, and each thread may leave one of them half empty
LOOKS_FOR_CYCLES = 700, 10, 2  # objects, and how many looks at the newest make one at older ones: Python has 10 and 10

left_at = PageValue[float | None]("left_at", lambda: None)  # of time.monotonic
_events = PageValue[list[str]]("events", list)  # those that are being handled

Keeps = Callable[[WebsocketSession], float]
Forget = Callable[[WebsocketSession], object]


def install() -> None:
    """Let a page that leaves be noted, and no more. May be called again, as every hot reload does."""
    gc.unfreeze()  # the modules of before a hot reload may go
    if limit := _glibc("mallopt"):
        limit(M_ARENA_MAX, HEAPS)
    handle("disconnect", _leave)


async def _leave(sid: str, reason: Any = None) -> None:
    """Chainlit's own handler also saves the chat's settings, which are saved when they change, and frees nothing if
    the database is away then."""
    if (session := WebsocketSession.get(sid)) and config.code.on_chat_end:
        init_ws_context(session)
        await config.code.on_chat_end()


def holding(handle: Handler) -> Handler:
    """The handler of an event that holds its page's session: who says something and leaves at once is heard."""

    @wraps(handle)
    async def held(sid: str, *values: Any) -> None:
        events = _events.of(session) if (session := WebsocketSession.get(sid)) else list[str]()
        events.append(sid)
        try:
            await handle(sid, *values)
        finally:
            events.remove(sid)

    return held


def _is_held(session: WebsocketSession) -> bool:
    task = session.current_task
    return bool(_events.of(session) or (task and not task.done()))


async def watch(keeps_s: Keeps, forget: Forget) -> None:
    """Free what is not needed any more for as long as the app runs; see `free`.

    What libraries leave of a connection refers to itself. Python looks for such when there are a quarter more objects
    than before, and then at all of them. Without those of the start it can look often, and has little to look at.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    gc.set_threshold(*LOOKS_FOR_CYCLES)
    freed, given_back_at = 0, 0.0
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            freed += await free(keeps_s, forget)
            if freed and time.monotonic() - given_back_at >= GIVE_BACK_EVERY_S:
                freed, given_back_at = 0, time.monotonic()
                await asyncio.to_thread(_give_back)
        except Exception:
            logger.exception("what closed pages leave was not freed")


async def free(keeps_s: Keeps, forget: Forget) -> int:
    """Free the sessions of pages that left `keeps_s` seconds ago, and what the tables hold of sessions that are gone.

    `forget` gets each session before that. Gives how many there were.
    """
    now, freed = time.monotonic(), 0
    for session in list(ws_sessions_id.values()):
        if is_connected(session.socket_id):
            left_at.set(session, None)
            continue
        if (since := left_at.of(session)) is None:
            left_at.set(session, since := now)
        if not _is_held(session) and now - since >= keeps_s(session):
            forget(session)
            await _delete(session)
            freed += 1
    for table in (user_sessions, chat_contexts):  # something of a session may have come back after its end
        for name in [name for name in table if name not in ws_sessions_id]:
            del table[name]
    for sid in [sid for sid, one in ws_sessions_sid.items() if ws_sessions_id.get(one.id) is not one]:
        if not is_connected(sid):  # two connections of one page made a session each
            del ws_sessions_sid[sid]
    return freed


def _give_back() -> None:
    """Give the system the memory that is free; glibc keeps it. Takes some ms."""
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Any:
    """A function of the C library; None if that is another one."""
    return getattr(ctypes.CDLL(None), name, None)


async def _delete(session: WebsocketSession) -> None:
    user_sessions.pop(session.id, None)
    chat_contexts.pop(session.id, None)
    try:
        await session.delete()
    except OSError as error:
        logger.error("the files of a closed page were not deleted: %s", error)
    ws_sessions_id.pop(session.id, None)
    ws_sessions_sid.pop(session.socket_id, None)
