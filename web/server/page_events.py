"""What is done at a page's events in place of Chainlit: Stop, settings, an edit, a chat that is opened anew."""

from __future__ import annotations

import uuid
from typing import Any

from chainlit import socket
from chainlit.chat_context import chat_context
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.session import WebsocketSession

from web.server import opening
from web.texts import texts


async def stop(sid: str) -> None:
    """Handle the Stop button by `@cl.on_stop` alone: Chainlit's own handler says so, in English in every language."""
    if (session := WebsocketSession.get(sid)) and config.code.on_stop:
        init_ws_context(session)
        await config.code.on_stop()


async def change_settings(sid: str, values: Any) -> None:
    """Leave the panel's values to `@cl.on_settings_update` alone: Chainlit's handler keeps them unchecked."""
    init_ws_context(WebsocketSession.require(sid))
    if isinstance(values, dict) and config.code.on_settings_update:
        await config.code.on_settings_update(values)


async def edit_message(sid: str, payload: Any) -> None:
    """Take the edit of a message that this server has not seen, because it was restarted since, as a new message."""
    init_ws_context(WebsocketSession.require(sid))
    is_known = any(message.id == payload["message"]["id"] for message in chat_context.get())
    await opening.forget_after(payload["message"]["id"])
    await (socket.edit_message if is_known else socket.message)(sid, payload)


def open_anew(session: WebsocketSession) -> None:
    """Let Chainlit open the kept chat of this page as for the first time."""
    session.restored = session.has_first_interaction = session.chat_started = False
    init_ws_context(session)
    chat_context.clear()


async def open_another(session: WebsocketSession) -> None:
    """Let Chainlit open a new chat in this page, and say why: the kept one that it asked for cannot be read."""
    open_anew(session)
    session.thread_id, session.thread_id_to_resume = str(uuid.uuid4()), None
    await session.emit("resume_thread_error", texts(session.language).chat_unread)
