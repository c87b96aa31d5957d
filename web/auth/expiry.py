"""Expiry: closes the open pages whose login has ended, and says why. Which these are, web/auth/open_pages.py finds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from chainlit import server
from chainlit.context import context, init_ws_context
from chainlit.session import WebsocketSession

from agent.errors import AgentError
from web.chat import state
from web.render import notices
from web.server.page_value import PageValue
from web.texts import texts_for

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0  # a command in another process ends a login, or the clock: nothing tells of it

Ended = tuple[WebsocketSession, AgentError]
FindEnded = Callable[[Sequence[WebsocketSession]], Awaitable[Sequence[Ended]]]
_closed = PageValue[str]("closed", str)  # the connection of a page that was closed here


async def watch(find_ended: FindEnded, every_s: float = LOOK_EVERY_S) -> None:
    """Close pages for as long as the app runs; `find_ended` gives those of the open pages that have ended, and why."""
    while True:
        await asyncio.sleep(every_s)
        await close_ended(find_ended)


async def close_ended(find_ended: FindEnded) -> None:
    """Close the pages whose login has ended. None is closed while that is not known."""
    try:
        await close(await find_ended(state.open_pages()))
    except Exception as error:
        logger.error("whether pages may stay open is not known: %s", type(error).__name__)


async def close(pages: Iterable[Ended]) -> None:
    """Stop what goes on in each of these pages, say why, and close its connection."""
    for failure in await asyncio.gather(*(_close(*one) for one in pages), return_exceptions=True):
        if failure:
            logger.error("a page was not closed", exc_info=failure)


async def refuse(page: WebsocketSession, reason: AgentError) -> None:
    """Say why what a page asked for was not done."""
    init_ws_context(page)
    await context.emitter.send_toast(reason.in_language(texts_for(page.language).language), "error")


async def _close(page: WebsocketSession, reason: AgentError) -> None:
    if _closed.of(page) == page.socket_id:  # by another of its events, or by the round
        return
    _closed.set(page, page.socket_id)
    init_ws_context(page)
    state.stop()
    page.to_clear = True  # what was attached goes with the page
    try:
        await notices.send_passing(reason.in_language(texts_for(page.language).language))
        await page.emit("window_message", {"ended": True})  # Chainlit's page asks only now and then whose it is
    finally:
        await server.sio.disconnect(page.socket_id)
