"""The buttons under the last answer, and the addresses for exports, imports and kept files: each for its owner only."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Protocol
from urllib.parse import quote

import chainlit as cl
from chainlit.chat_context import chat_contexts
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from chainlit.utils import utc_now
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from agent.errors import StoreError
from agent.history import History
from web.auth.quotas import Quotas
from web.auth.refusals import OverQuota
from web.chat import state
from web.chat.answer_actions import AGAIN, EXPORT
from web.chat.saved_chats import SavedChats
from web.render import transcript_markdown
from web.server import answers, body_limit, page_events, routes
from web.server.fair_line import FairLine, LineFull
from web.server.own_page import own_page
from web.store import histories, owners
from web.store.database import is_away
from web.store.exported import NotATranscript
from web.store.rows import title
from web.store.transcripts import MAX_BYTES, Transcript, from_json, to_json
from web.texts import Texts, size, texts

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "application/pdf", "text/plain")
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no name for a file in Windows

Endpoint = Callable[[Request, PersistedUser], Awaitable[Response]]


class Door(Protocol):
    """What is asked who somebody is, and for how much there is room: web/auth/login.py."""

    @property
    def quotas(self) -> Quotas: ...

    async def user(self, connection: HTTPConnection) -> PersistedUser | None: ...


def prepare(saved_chats: SavedChats, door: Door) -> None:
    """Answer at the addresses, and to the buttons. May be called again, as every hot reload does."""

    importing = FairLine(places=1, per_key=1, max_waiting=2)

    def for_person(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """For whoever is let in. A browser is led to the login, and told in words what is not there."""

        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            user = await door.user(request)
            if user is None:
                return answers.ask_to_log_in(request)
            try:
                return await endpoint(request, user)
            except HTTPException as error:
                if error.status_code != 404 or not answers.wants_page(request):
                    raise
                words = _words(request)
                about = f"<p>{words.nothing_here_about}</p>"
                return own_page(words.language, words.nothing_here, about, words.import_back, status=404)

        return guarded

    @for_person
    async def serve_file(request: Request, user: PersistedUser) -> Response:
        thread_id, element_id = request.path_params["thread_id"], request.path_params["element_id"]
        await _check_author(saved_chats, user, thread_id)
        element = await saved_chats.layer.get_element(thread_id, element_id)
        if element is None or not (path := saved_chats.files.path(f"{thread_id}/{element_id}")).exists():
            raise HTTPException(404)
        kind = element.get("mime") or "application/octet-stream"
        how = "inline" if kind.startswith(_SHOWN) else "attachment"
        return FileResponse(
            path, media_type=kind, headers=_SAFE, filename=element["name"], content_disposition_type=how
        )

    @for_person
    async def export(request: Request, user: PersistedUser) -> Response:
        thread_id, kind = request.path_params["thread_id"], request.path_params["kind"]
        transcript = await _find(saved_chats, user, thread_id)
        words = _words(request)
        match kind:
            case "json":
                content = await asyncio.to_thread(lambda: to_json(transcript).encode())
                return _download(content, transcript, "json", "application/json")
            case "md":
                content = await asyncio.to_thread(lambda: transcript_markdown.to_markdown(transcript, words).encode())
                return _download(content, transcript, "md", "text/markdown")
        raise HTTPException(404)

    @for_person
    async def show_import(request: Request, user: PersistedUser) -> Response:
        return _import_page(_words(request))

    @for_person
    async def take_import(request: Request, user: PersistedUser) -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        words = _words(request)
        length = int(request.headers.get("Content-Length", MAX_BYTES))
        try:
            async with door.quotas.arrival(user.id, length, chats=1) as arrival:
                content = await _uploaded(request)
                async with importing.place(user.id):
                    transcript = await asyncio.to_thread(from_json, content)
                    thread_id = await saved_chats.add(transcript, user.id)
                arrival.take(length)
        except LineFull:
            return _import_page(words, words.import_busy)
        except OverQuota as refusal:
            return _import_page(words, refusal.in_language(words.language, to_visitor=True))
        except NotATranscript as refusal:
            return _import_page(words, refusal.in_language(words.language))
        return RedirectResponse(f"/thread/{thread_id}", status_code=303)

    @for_person
    async def serve_text(request: Request, user: PersistedUser) -> Response:
        """What the model wrote of one message, which the page has in another form, for its Copy button."""
        thread_id = request.path_params["thread_id"]
        await _check_author(saved_chats, user, thread_id)
        text = await saved_chats.layer.output_of(thread_id, request.path_params["step_id"])
        if text is None:
            raise HTTPException(404)
        return Response(text, media_type="text/plain; charset=utf-8", headers=_SAFE)

    routes.put_first(Route("/kept/{thread_id}/{element_id}", serve_file))
    routes.put_first(Route("/chats/{thread_id}/export.{kind}", export))
    routes.put_first(Route("/chats/{thread_id}/steps/{step_id}", serve_text))
    routes.put_first(Route("/import", show_import))
    routes.put_first(Route("/import", take_import, methods=["POST"]))
    body_limit.allow("POST", "/import", MAX_BYTES + body_limit.FORM_BYTES, _too_large)

    @cl.action_callback(AGAIN)  # type: ignore[untyped-decorator]
    async def _again(action: cl.Action) -> None:
        """Answer the last question once more, as if it had been edited without a change."""
        session = cl.context.session
        asked = [message for message in cl.chat_context.get() if message.type == "user_message"]
        if asked and not state.is_busy():
            try:
                gone = await saved_chats.cut(asked[-1].id)
            except StoreError as error:
                await cl.context.emitter.send_toast(error.in_language(texts(session.language).language), "error")
                return
            for step_id in gone:
                await cl.context.emitter.delete_step({"id": step_id})
            edit = {"message": {"id": asked[-1].id, "output": asked[-1].content}}
            session.current_task = asyncio.create_task(page_events.edit_message(session.socket_id, edit))

    @cl.action_callback(EXPORT)  # type: ignore[untyped-decorator]
    async def _export(action: cl.Action) -> None:
        kind = "json" if action.payload.get("kind") == "json" else "md"
        await cl.send_window_message({"download": f"/chats/{cl.context.session.thread_id}/export.{kind}"})


async def _check_author(saved_chats: SavedChats, user: PersistedUser, thread_id: str) -> None:
    """Raises HTTPException (404) for anybody but the chat's author, as if there were no such chat."""
    if await owners.of_thread(saved_chats.database, thread_id) != user.identifier:
        raise HTTPException(404)


async def _find(saved_chats: SavedChats, user: PersistedUser, thread_id: str) -> Transcript:
    """A chat of this person as it is kept; as it is open here where it is not kept, or not yet, or cannot be read.

    Raises HTTPException (404) where they have no such chat.
    """
    page = state.page_of(thread_id, user.identifier)
    if page and state.is_unkept(page):
        return _as_open(page)
    try:
        await _check_author(saved_chats, user, thread_id)
        return await _transcript(saved_chats, thread_id)
    except Exception as error:
        if page and is_away(error):
            return _as_open(page)
        raise


def _as_open(page: WebsocketSession) -> Transcript:
    """What this process has of a chat: its messages, and the model's history."""
    chat, shown = state.find(page.thread_id), chat_contexts.get(page.id, [])
    steps = [dict(message.to_dict()) for message in shown]
    asked = next((step["output"] for step in steps if step["type"] == "user_message"), "")
    began = steps[0]["createdAt"] if steps else utc_now()
    metadata = {"chat_settings": page.chat_settings, "chat_profile": page.chat_profile}
    thread = {"id": page.thread_id, "name": title(asked), "createdAt": began, "tags": [], "metadata": metadata}
    return Transcript(thread | {"steps": steps}, chat.history if chat else History().to_json())


async def _transcript(saved_chats: SavedChats, thread_id: str) -> Transcript:
    thread: Any = await saved_chats.layer.get_thread(thread_id)
    kept = await histories.load(saved_chats.database, thread_id)
    return Transcript(thread, kept.history if kept else {"messages": [], "start": 0})


def _download(content: bytes, transcript: Transcript, ending: str, kind: str) -> Response:
    name = quote(f"{file_name(transcript.thread['name'])}.{ending}")
    shown = f"attachment; filename=\"chat.{ending}\"; filename*=UTF-8''{name}"
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=_SAFE | {"Content-Disposition": shown})


def file_name(title: str | None) -> str:
    """A chat's name as one that any system takes for a file; `chat` where nothing of it is left."""
    name = " ".join(_UNSAFE.sub(" ", title or "").split())[:60].strip(". ")
    return f"chat {name}".strip() if not name or _DEVICE.fullmatch(name) else name


async def _uploaded(request: Request) -> bytes:
    """The file that the form for an import brings; b'' where it brings none."""
    async with request.form(max_files=1, max_part_size=MAX_BYTES) as form:
        upload = form.get("chat")
        return b"" if upload is None or isinstance(upload, str) else await upload.read(MAX_BYTES)


def _words(request: Request) -> Texts:
    return texts(request.headers.get("Accept-Language", ""))


def _too_large(request: Request) -> Response:
    words = _words(request)
    return _import_page(words, words.import_too_large.format(limit=size(MAX_BYTES)), 413)


def _import_page(words: Texts, refusal: str = "", status: int = 400) -> HTMLResponse:
    told = f'<p class="refusal" role="alert">{html.escape(refusal)}</p>' if refusal else ""
    form = f"""<p>{words.import_about}</p>{told}
<form method="post" enctype="multipart/form-data">
<input type="file" name="chat" accept="application/json,.json" required aria-label="{words.import_title}">
<button>{words.import_button}</button>
</form>"""
    return own_page(words.language, words.import_title, form, words.import_back, status=status if refusal else 200)
