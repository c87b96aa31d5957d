"""Ends visits: the open pages of people who may stay no longer. Who that is, login.py says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from chainlit import server
from chainlit.context import init_ws_context
from chainlit.session import WebsocketSession, ws_sessions_id

import chats
import quiet_lines
from agent.errors import AgentError
from agent.texts import texts

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 3.0  # a command in another process ends a visit, or the clock: nothing tells of it

FindEnded = Callable[[Sequence[WebsocketSession]], Awaitable[Sequence[tuple[WebsocketSession, AgentError]]]]


async def watch(find_ended: FindEnded) -> None:
    """Close pages for as long as the app runs; `find_ended` tells which of those that are open may not be, and why."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            ended = await find_ended([session for session in ws_sessions_id.values() if _is_open(session)])
            for failure in await asyncio.gather(*(_end(*one) for one in ended), return_exceptions=True):
                if failure:
                    logger.error("a page was not closed", exc_info=failure)
        except Exception:
            logger.exception("whether pages may stay open is not known")


def _is_open(session: WebsocketSession) -> bool:
    return bool(server.sio.manager.is_connected(session.socket_id, "/"))


async def _end(session: WebsocketSession, reason: AgentError) -> None:
    """Stop what goes on in the page, say why, and close its connection."""
    init_ws_context(session)
    chats.stop()
    await quiet_lines.say(reason.in_language(texts(session.language).language), is_error=True)
    await server.sio.disconnect(session.socket_id)
