"""Changes to Chainlit itself: no third-party hosts, two languages, events answered by us, faster streaming.

Knows nothing of chats or models. What the page needs in place of a CDN (KaTeX's stylesheet and fonts) is in public/.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import chainlit
from chainlit import server, socket
from chainlit.config import ChainlitConfig, config
from chainlit.context import context, init_ws_context
from chainlit.emitter import ChainlitEmitter
from chainlit.message import ErrorMessage
from chainlit.session import WebsocketSession
from chainlit.step import StepDict
from chainlit.types import ThreadDict

from agent.errors import AgentError
from web.server import clean_json, closed_pages, event_loop, opening
from web.server.connection import hear
from web.server.html import page_language, read_about, without_outside_hosts
from web.server.page_events import change_settings, edit_message, open_anew, open_another, stop
from web.texts import texts

logger = logging.getLogger(__name__)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _tell_in_words() -> None:
    """Let what breaks in a handler be told as what it is for a person: Chainlit shows what the exception says."""
    init = _unwrapped(ErrorMessage.__init__)

    @functools.wraps(init)
    def told(message: ErrorMessage, content: str, *rest: Any, **fields: Any) -> None:
        init(message, texts(context.session.language).ended_error, *rest, **fields)

    ErrorMessage.__init__ = told


def _send_as(shown: Callable[[StepDict], StepDict]) -> None:
    """Let every message and step go through `shown` on its way to the page."""

    def showing(send: Callable[..., Any]) -> Callable[..., Any]:
        return functools.wraps(send)(lambda emitter, step: send(emitter, shown(step)))

    for name in ("send_step", "update_step", "stream_start"):
        setattr(ChainlitEmitter, name, showing(_unwrapped(getattr(ChainlitEmitter, name))))
    resume = _unwrapped(ChainlitEmitter.resume_thread)

    @functools.wraps(resume)
    async def resume_shown(emitter: ChainlitEmitter, thread: ThreadDict) -> None:
        await resume(emitter, await asyncio.to_thread(opening.as_sent, thread, shown))

    ChainlitEmitter.resume_thread = resume_shown


def prepare(
    is_busy: Callable[[], bool],
    follow: Callable[[], Awaitable[None]],
    cut: Callable[[str], Awaitable[object]],
    begin: Callable[[str], object],
    lead_away: Callable[[WebsocketSession], Awaitable[None]],
    shown: Callable[[StepDict], StepDict],
    show_settings: Callable[[], Awaitable[object]],
    *,
    for_operator: bool,
) -> None:
    """Put the above into Chainlit's server. May be called again, as every hot reload does.

    `is_busy` tells whether the chat whose event is being handled is being answered; `follow` shows that in its page.
    `cut` forgets what comes after the message whose id it is given, before an edit of that message is answered.
    `begin` keeps the chat of the current page under its first message, before anything that hangs on it is kept.
    `lead_away` is asked of a page that comes back, whose chat may have been deleted. `shown` makes of each message and
    step what the page gets of it; the database and the model get it as it is. `show_settings` sets the panel of a page
    to what holds, after its person gave up a change that was refused. `for_operator` says that whoever comes runs this
    app.
    """

    one_opening = WeakValueDictionary[str, asyncio.Lock]()

    async def hear_or_restore(data: Any) -> None:
        await (show_settings() if data == {"settings": "restore"} else hear(data))

    async def connection_successful(sid: str) -> None:
        if not (session := WebsocketSession.get(sid)):
            return  # it has gone again
        async with one_opening.setdefault(session.id, asyncio.Lock()):
            if session.socket_id != sid or getattr(session, "greeted", "") == sid:
                return  # a newer connection took its place, or it says so once more
            session.greeted = sid
            if session.restored and session.thread_id_to_resume:
                open_anew(session)  # its connection was lost before its page had the chat
            elif session.restored and session.has_first_interaction:
                session.chat_started = True
            try:
                await socket.connection_successful(sid)  # tells the page that nothing runs, whatever does
            except Exception as error:  # of the database; what a handler of ours raises is logged by Chainlit
                logger.error("a kept chat cannot be shown: %s: %s", type(error).__name__, error)
                await open_another(session)
                await socket.connection_successful(sid)
            if server.sio.manager.is_connected(sid, "/"):
                session.thread_id_to_resume = None  # its page has the chat, or knows that there is none
            await lead_away(session)
            if is_busy():
                await context.emitter.task_start()
                await follow()

    async def take_message(sid: str, payload: Any) -> None:
        await connection_successful(sid)  # what waited in the page for the connection comes before its greeting
        match payload:
            case {"message": {"id": str(), "output": str(text)}}:
                init_ws_context(sid)
                begin(text)
                await socket.message(sid, payload)

    async def edit(sid: str, payload: Any) -> None:
        await connection_successful(sid)
        match payload:
            case {"message": {"id": str(message_id), "output": str()}}:
                init_ws_context(sid)
                try:
                    await cut(message_id)
                except AgentError as error:  # the page shows it as if it were edited, until it is loaded anew
                    await context.emitter.send_toast(
                        error.in_language(texts(context.session.language).language), "error"
                    )
                else:
                    await edit_message(sid, payload)

    make_html = _unwrapped(server.get_html_template)
    load_app = _unwrapped(server.load_module)
    load_translation = _unwrapped(ChainlitConfig.load_translation)
    find_lazily = _unwrapped(vars(chainlit)["__getattr__"])

    handlers = config.code  # of the app that is being imported; it fills them in after this

    @functools.wraps(load_app)
    def load_app_or_keep_it(target: str, force_refresh: bool = False) -> None:
        modules = dict(sys.modules)
        try:
            load_app(target, force_refresh)
        except Exception:  # Chainlit has dropped both: the page would be dead until the next good save
            config.code = handlers
            sys.modules.update(modules)
            raise

    @functools.wraps(make_html)
    def local_html(root_path: str) -> str:
        return without_outside_hosts(make_html(root_path))

    @functools.wraps(load_translation)
    def translation_of_page(config: ChainlitConfig, language: str) -> dict[str, Any]:
        translation: dict[str, Any] = load_translation(config, page_language(language))
        return translation

    @functools.wraps(find_lazily)
    def find_or_lack(name: str) -> Any:
        try:
            return find_lazily(name)
        except KeyError:  # torch.compile asks every module for any name, and takes no other answer for a no
            raise AttributeError(f"module 'chainlit' has no attribute {name!r}") from None

    clean_json.prepare()
    closed_pages.prepare()
    event_loop.prepare()
    _tell_in_words()
    _send_as(shown)
    handlers.on_window_message = hear_or_restore
    chainlit.__getattr__ = find_or_lack
    server.sio.on("connection_successful", closed_pages.holding(connection_successful))
    server.sio.on("stop", stop)
    server.sio.on("chat_settings_change", change_settings)
    server.sio.on("client_message", closed_pages.holding(take_message))
    server.sio.on("edit_message", closed_pages.holding(edit))
    # None is the page's own origin. Chainlit's [] checks none at all, and lets the script of any other site chat here.
    server.sio.eio.cors_allowed_origins = config.project.allow_origins or None
    server.load_module = load_app_or_keep_it
    server.get_html_template = local_html
    server.get_markdown_str = functools.partial(read_about, for_operator=for_operator)
    ChainlitConfig.load_translation = translation_of_page


def _unwrapped(function: _Function) -> _Function:
    """The function as Chainlit wrote it, so that a second call of `prepare` does not wrap the first one's work."""
    return getattr(function, "__wrapped__", function)
