"""Events of a page that Chainlit handles otherwise: its greeting, Stop, settings, messages and their edits."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

import chainlit as cl
from chainlit import socket
from chainlit.chat_context import chat_context
from chainlit.config import config
from chainlit.context import context, init_ws_context
from chainlit.session import WebsocketSession

from agent.errors import AgentError
from web.chat import state
from web.chat.saved_chats import SavedChats
from web.server import connection, opening
from web.server.closed_pages import holding
from web.server.page_value import PageValue
from web.server.socket_events import handle
from web.texts import texts_for

logger = logging.getLogger(__name__)

_greeted_at = PageValue[str]("greeted_at", str)  # the connection


class PageEvents:
    """Handlers of events in the place of Chainlit's."""

    def __init__(self, saved_chats: SavedChats, show_settings: Callable[[], Awaitable[object]]) -> None:
        """`show_settings` sets a page's panel to what holds, after its person gave up a change that was refused."""
        self._saved_chats = saved_chats
        self._show_settings = show_settings
        self._one_greeting = WeakValueDictionary[str, asyncio.Lock]()

    def install(self) -> None:
        """Put them into Chainlit's server. May be called again, as every hot reload does."""
        handle("connection_successful", holding(self.greet))
        handle("client_message", holding(self.take_message))
        handle("edit_message", holding(self.take_edit))
        handle("chat_settings_change", change_settings)
        handle("stop", stop)
        cl.on_window_message(self.hear)

    async def greet(self, sid: str) -> None:
        """Show a page its chat, once for each of its connections, and what runs in it."""
        if not (session := WebsocketSession.get(sid)):
            return  # it has gone again
        async with self._one_greeting.setdefault(session.id, asyncio.Lock()):
            if session.socket_id != sid or _greeted_at.of(session) == sid:
                return  # a newer connection took its place, or it says so once more
            _greeted_at.set(session, sid)
            await _open(session, sid)
            if connection.is_connected(sid):
                session.thread_id_to_resume = None  # its page has the chat, or knows that there is none
            await state.lead_away(session)
            if state.is_busy():
                await context.emitter.task_start()
                await state.follow()

    async def take_message(self, sid: str, payload: Any) -> None:
        """Save the chat under its first message, before anything that hangs on it is saved, and answer."""
        await self.greet(sid)  # what waited in the page for the connection comes before its greeting
        match payload:
            case {"message": {"id": str(), "output": str(text)}}:
                init_ws_context(sid)
                self._saved_chats.begin(text)
                await socket.message(sid, payload)

    async def take_edit(self, sid: str, payload: Any) -> None:
        """Forget what comes after the message that is edited, and answer that."""
        await self.greet(sid)
        match payload:
            case {"message": {"id": str(message_id), "output": str()}}:
                init_ws_context(sid)
                if await cut(self._saved_chats, message_id) is not None:
                    await edit_message(sid, payload)

    async def hear(self, data: Any) -> None:
        """Take what public/page.js says to the server."""
        await (self._show_settings() if data == {"settings": "restore"} else connection.hear(data))


async def _open(session: WebsocketSession, sid: str) -> None:
    """Let Chainlit greet the page, as far as it has not: it tells the page that nothing runs, whatever does."""
    if session.restored and session.thread_id_to_resume:
        _open_anew(session)  # its connection was lost before its page had the chat
    elif session.restored and session.has_first_interaction:
        session.chat_started = True
    try:
        await socket.connection_successful(sid)
    except Exception as error:  # of the database; what a handler of ours raises is logged by Chainlit
        logger.error("a saved chat cannot be shown: %s: %s", type(error).__name__, error)
        await _open_another(session)
        await socket.connection_successful(sid)


def _open_anew(session: WebsocketSession) -> None:
    """Let Chainlit open the saved chat of this page as for the first time."""
    session.restored = session.has_first_interaction = session.chat_started = False
    init_ws_context(session)
    chat_context.clear()


async def _open_another(session: WebsocketSession) -> None:
    """Let Chainlit open a new chat in this page, and say why: the saved one that it asked for cannot be read."""
    _open_anew(session)
    session.thread_id, session.thread_id_to_resume = str(uuid.uuid4()), None
    await session.emit("resume_thread_error", texts_for(session.language).chat_unread)


async def cut(saved_chats: SavedChats, message_id: str) -> list[str] | None:
    """See `SavedChats.cut`; if that fails, tells it in the page, which shows the edit until it is loaded anew."""
    try:
        return await saved_chats.cut(message_id)
    except AgentError as error:
        told = error.in_language(texts_for(context.session.language).language)
        await context.emitter.send_toast(told, "error")
        return None


async def edit_message(sid: str, payload: Any) -> None:
    """Take the edit of a message that this server has not seen, because it was restarted since, as a new message."""
    init_ws_context(WebsocketSession.require(sid))
    is_known = any(message.id == payload["message"]["id"] for message in chat_context.get())
    await opening.forget_after(payload["message"]["id"])
    await (socket.edit_message if is_known else socket.message)(sid, payload)


async def change_settings(sid: str, values: Any) -> None:
    """Leave the panel's values to `@cl.on_settings_update` alone: Chainlit's handler keeps them unchecked."""
    init_ws_context(WebsocketSession.require(sid))
    if isinstance(values, dict) and config.code.on_settings_update:
        await config.code.on_settings_update(values)


async def stop(sid: str) -> None:
    """Handle the Stop button by `@cl.on_stop` alone: Chainlit's own handler says so, in English in every language."""
    if (session := WebsocketSession.get(sid)) and config.code.on_stop:
        init_ws_context(session)
        await config.code.on_stop()
