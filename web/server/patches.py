"""What Chainlit has no setting for: a page that asks no other host, speaks Chinese or English, stops, and is fast.

Knows nothing of chats or models. What the page needs in place of a CDN (KaTeX's stylesheet and fonts) is in public/.
"""

from __future__ import annotations

import _asyncio
import asyncio
import functools
import hashlib
import importlib
import logging
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import chainlit
from chainlit import server, socket
from chainlit.chat_context import chat_context
from chainlit.config import ChainlitConfig, config
from chainlit.context import context, init_ws_context
from chainlit.emitter import ChainlitEmitter
from chainlit.message import ErrorMessage
from chainlit.session import WebsocketSession
from chainlit.step import StepDict
from chainlit.types import ThreadDict
from chainlit.utils import utc_now
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from agent.errors import AgentError
from web.server import clean_json, closed_pages, opening
from web.texts import texts

logger = logging.getLogger(__name__)

TYPING_S = 1.5  # after a key; public/page.js tells of one a second
SWITCH_S = 0.0005  # Python's own 5 ms let the database's threads hold up every chat: a tenth of the speed with 256

_Function = TypeVar("_Function", bound=Callable[..., Any])

# Chainlit 2.12 links Google's font hosts and a CDN's KaTeX stylesheet, and names its own site in <meta> tags.
_OUTSIDE_TAG = re.compile(
    r"""\s*<(?:link|meta|script)\b[^>]*\b(?:href|src|content)=["'](?:https?:)?//[^>]*>(?:\s*</script>)?"""
)


def without_outside_hosts(html: str) -> str:
    """The same page without tags that name another host; web/server/headers.py forbids the browser to ask any."""
    return _OUTSIDE_TAG.sub("", html)


def page_language(language: str) -> str:
    """The page's language for a browser's tag: zh-CN where it begins with zh, else en-US."""
    return "zh-CN" if language.lower().startswith("zh") else "en-US"


def read_about(root: str, language: str, *, for_operator: bool = True) -> str:
    """The text behind the page's "About", in the page's language; what is to be set in .env is told to who can."""
    name = "chainlit_zh-CN.md" if page_language(language) == "zh-CN" else "chainlit.md"
    paragraphs = Path(root, name).read_text(encoding="utf-8").split("\n\n")
    return "\n\n".join(one for one in paragraphs if for_operator or ".env" not in one)


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


def is_behind() -> bool:
    """Whether what was sent to the current chat's page still waits here: socket.io's own queue for it has no limit."""
    connections, manager = server.sio.eio.sockets, server.sio.manager
    connection = connections.get(manager.eio_sid_from_sid(_page().socket_id, "/"))
    return bool(connection and connection.queue.qsize())


async def hear(data: Any) -> None:
    """Take what public/page.js says to the server: that somebody types, or a question that has waited in the page."""
    match data:
        case {"typing": True}:
            context.session.typed_at = time.monotonic()
        case {"ask": str(text), "number": str(number), "thread": context.session.thread_id}:
            await _ask(context.session, text, number)


async def _ask(session: Any, text: str, number: str) -> None:
    """Take a question as if it had come from the page's box, once for each number, and tell the page that it is taken.

    Chainlit's page passes on what any other window posts to it; the chat's id, which none of those knows, is the proof.
    """
    await session.emit("window_message", {"taken": number})
    taken: set[str] = vars(session).setdefault("taken", set())
    made_of = hashlib.sha256(f"{session.thread_id} {number}".encode()).digest()[:16]
    step_id = str(uuid.UUID(bytes=made_of, version=4))  # known again also where the page's session was freed meanwhile
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
    return time.monotonic() - getattr(_page(), "typed_at", float("-inf")) < TYPING_S


def _page() -> Any:
    """The session whose page shows the current turn: a newer one than asked for it, where the page was loaded anew."""
    return getattr(context.session, "shown_by", context.session)


def answer_at(path: str, report: Callable[[], Awaitable[tuple[dict[str, Any], int]]]) -> None:
    """Answer GET requests at `path` with what `report` says: a JSON object and a status."""

    async def endpoint(request: Request) -> Response:
        value, status = await report()
        return JSONResponse(value, status)

    put_first(Route(path, endpoint))


def put_first(route: BaseRoute) -> None:
    """Let `route` answer before, and instead of, any other like it at its path. A hot reload's route wins."""

    def is_same(other: BaseRoute) -> bool:
        return all(getattr(other, name, None) == getattr(route, name, None) for name in ("path", "methods"))

    routes = server.app.router.routes
    routes[:] = [route, *(other for other in routes if not is_same(other))]


def _take_the_fast_loop() -> None:
    """Run on uvloop, with asyncio's tasks in C: Chainlit's command line takes those in Python, so that loops may nest.

    That costs each switch of tasks three times as much, and every token takes several. No loop nests here.
    """
    asyncio.Task = asyncio.tasks.Task = asyncio.tasks._CTask = _asyncio.Task  # type: ignore[misc, attr-defined]
    asyncio.Future = asyncio.futures.Future = asyncio.futures._CFuture = _asyncio.Future  # type: ignore[misc, attr-defined]
    if asyncio._get_running_loop() is None:  # else this is a hot reload
        uvloop = importlib.import_module("uvloop")  # which keeps the tasks that it finds at its import
        asyncio.set_event_loop(uvloop.new_event_loop())


def _stay_awake() -> None:
    """Take out the millisecond that Chainlit sleeps for each message and each step, and all chats with it."""
    for module in ("chainlit.message", "chainlit.step"):
        vars(sys.modules[module])["time"] = SimpleNamespace(sleep=lambda _: None)


def _tell_in_words() -> None:
    """Let what breaks in a handler be told as what it is for a person: Chainlit shows what the exception says."""
    init = _unwrapped(ErrorMessage.__init__)

    @functools.wraps(init)
    def told(message: ErrorMessage, content: str, *rest: Any, **fields: Any) -> None:
        init(message, texts(context.session.language).ended_error, *rest, **fields)

    ErrorMessage.__init__ = told


def _open_anew(session: WebsocketSession) -> None:
    """Let Chainlit open the kept chat of this page as for the first time."""
    session.restored = session.has_first_interaction = session.chat_started = False
    init_ws_context(session)
    chat_context.clear()


async def _open_another(session: WebsocketSession) -> None:
    """Let Chainlit open a new chat in this page, and say why: the kept one that it asked for cannot be read."""
    _open_anew(session)
    session.thread_id, session.thread_id_to_resume = str(uuid.uuid4()), None
    await session.emit("resume_thread_error", texts(session.language).chat_unread)


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
                _open_anew(session)  # its connection was lost before its page had the chat
            elif session.restored and session.has_first_interaction:
                session.chat_started = True
            try:
                await socket.connection_successful(sid)  # tells the page that nothing runs, whatever does
            except Exception as error:  # of the database; what a handler of ours raises is logged by Chainlit
                logger.error("a kept chat cannot be shown: %s: %s", type(error).__name__, error)
                await _open_another(session)
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
    _take_the_fast_loop()
    _stay_awake()
    _tell_in_words()
    _send_as(shown)
    sys.setswitchinterval(SWITCH_S)
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
