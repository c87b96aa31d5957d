"""Routes for exports, imports and saved files, for a chat's author alone."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Protocol
from urllib.parse import quote

from chainlit.chat_context import chat_contexts
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from chainlit.utils import utc_now
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from agent.history import History
from web.chat import state
from web.chat.saved_chats import SavedChats
from web.chat.unsaved import is_unsaved
from web.quotas.quotas import Quotas
from web.quotas.refusals import OverQuota
from web.render import transcript_markdown
from web.server import answers, body_limit, routes
from web.server.fair_queue import FairQueue, QueueFull
from web.server.plain_page import plain_page
from web.store import histories, owners
from web.store.database import is_away
from web.store.rows import title
from web.store.transcript_format import NotATranscript
from web.store.transcripts import MAX_BYTES, Transcript, from_json, to_json
from web.texts import Texts, size, texts_for

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "application/pdf", "text/plain")
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no name for a file in Windows

Endpoint = Callable[[Request, PersistedUser], Awaitable[Response]]


class Login(Protocol):
    """Who somebody is, and how much they may keep: web/auth/login.py, as far as it is asked here."""

    @property
    def quotas(self) -> Quotas: ...

    async def user(self, connection: HTTPConnection) -> PersistedUser | None: ...


class TranscriptRoutes:
    """The routes for exports, imports, saved files and an answer's text: each for the chat's author only."""

    def __init__(self, saved_chats: SavedChats, login: Login) -> None:
        self._saved_chats = saved_chats
        self._login = login
        self._importing = FairQueue(places=1, per_key=1, max_waiting=2)

    def install(self) -> None:
        """Put the routes into Chainlit's server. May be called again, as every hot reload does."""
        for route in self.routes():
            routes.put_first(route)
        body_limit.allow("POST", "/import", MAX_BYTES + body_limit.FORM_BYTES, _too_large)

    def routes(self) -> list[BaseRoute]:
        """The routes, each for whoever is let in."""
        serve_file, export, serve_text = map(self._for_person, (self._serve_file, self._export, self._serve_text))
        show_import, take_import = map(self._for_person, (self._show_import, self._take_import))
        return [
            Route("/kept/{thread_id}/{element_id}", serve_file),
            Route("/chats/{thread_id}/export.{kind}", export),
            Route("/chats/{thread_id}/steps/{step_id}", serve_text),
            Route("/import", show_import),
            Route("/import", take_import, methods=["POST"]),
        ]

    def _for_person(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """`endpoint` for whoever is let in. A browser is led to the login, and told in words what is not there."""

        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            user = await self._login.user(request)
            if user is None:
                return answers.ask_to_log_in(request)
            try:
                return await endpoint(request, user)
            except HTTPException as error:
                if error.status_code != 404 or not answers.wants_page(request):
                    raise
                texts = _texts(request)
                about = f"<p>{texts.nothing_here_about}</p>"
                return plain_page(texts.language, texts.nothing_here, about, texts.import_back, status=404)

        return guarded

    async def _serve_file(self, request: Request, user: PersistedUser) -> Response:
        """A file that is saved with a chat; whatever it is, nothing in it runs."""
        thread_id, element_id = request.path_params["thread_id"], request.path_params["element_id"]
        await self._check_author(user, thread_id)
        element = await self._saved_chats.layer.get_element(thread_id, element_id)
        if element is None or not (path := self._saved_chats.files.path(f"{thread_id}/{element_id}")).exists():
            raise HTTPException(404)
        kind = element.get("mime") or "application/octet-stream"
        how = "inline" if kind.startswith(_SHOWN) else "attachment"
        return FileResponse(
            path, media_type=kind, headers=_SAFE, filename=element["name"], content_disposition_type=how
        )

    async def _export(self, request: Request, user: PersistedUser) -> Response:
        transcript = await self.find(user, request.path_params["thread_id"])
        texts = _texts(request)
        match request.path_params["kind"]:
            case "json":
                content = await asyncio.to_thread(lambda: to_json(transcript).encode())
                return _download(content, transcript, "json", "application/json")
            case "md":
                content = await asyncio.to_thread(
                    lambda: transcript_markdown.to_markdown(transcript.thread, transcript.history, texts).encode()
                )
                return _download(content, transcript, "md", "text/markdown")
        raise HTTPException(404)

    async def _show_import(self, request: Request, user: PersistedUser) -> Response:
        return _import_page(_texts(request))

    async def _take_import(self, request: Request, user: PersistedUser) -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        texts = _texts(request)
        length = int(request.headers.get("Content-Length", MAX_BYTES))
        try:
            async with self._login.quotas.arrival(user.id, length, chats=1) as arrival:
                content = await _uploaded(request)
                async with self._importing.place(user.id):
                    transcript = await asyncio.to_thread(from_json, content)
                    thread_id = await self._saved_chats.add(transcript, user.id)
                arrival.take(length)
        except QueueFull:
            return _import_page(texts, texts.import_busy)
        except OverQuota as refusal:
            return _import_page(texts, refusal.in_language(texts.language, to_visitor=True))
        except NotATranscript as refusal:
            return _import_page(texts, refusal.in_language(texts.language))
        return RedirectResponse(f"/thread/{thread_id}", status_code=303)

    async def _serve_text(self, request: Request, user: PersistedUser) -> Response:
        """What the model wrote of one message, which the page has in another form, for its Copy button."""
        thread_id = request.path_params["thread_id"]
        await self._check_author(user, thread_id)
        text = await self._saved_chats.layer.output_of(thread_id, request.path_params["step_id"])
        if text is None:
            raise HTTPException(404)
        return Response(text, media_type="text/plain; charset=utf-8", headers=_SAFE)

    async def _check_author(self, user: PersistedUser, thread_id: str) -> None:
        """Raises HTTPException (404) for anybody but the chat's author, as if there were no such chat."""
        if await owners.of_thread(self._saved_chats.database, thread_id) != user.identifier:
            raise HTTPException(404)

    async def find(self, user: PersistedUser, thread_id: str) -> Transcript:
        """A chat of this person as it is saved; as it is open here if it is not saved, or not yet, or cannot be read.

        Raises HTTPException (404) if they have no such chat.
        """
        page = state.page_of(thread_id, user.identifier)
        if page and is_unsaved(page):
            return _as_open(page)
        try:
            await self._check_author(user, thread_id)
            return await self._as_saved(thread_id)
        except Exception as error:
            if page and is_away(error):
                return _as_open(page)
            raise

    async def _as_saved(self, thread_id: str) -> Transcript:
        thread: Any = await self._saved_chats.layer.get_thread(thread_id)
        saved = await histories.load(self._saved_chats.database, thread_id)
        return Transcript(thread, saved.history if saved else {"messages": [], "start": 0})


def _as_open(page: WebsocketSession) -> Transcript:
    """What this process has of a chat: its messages, and the model's history."""
    chat, shown = state.find(page.thread_id), chat_contexts.get(page.id, [])
    steps = [dict(message.to_dict()) for message in shown]
    asked = next((step["output"] for step in steps if step["type"] == "user_message"), "")
    began = steps[0]["createdAt"] if steps else utc_now()
    metadata = {"chat_settings": page.chat_settings, "chat_profile": page.chat_profile}
    thread = {"id": page.thread_id, "name": title(asked), "createdAt": began, "tags": [], "metadata": metadata}
    return Transcript(thread | {"steps": steps}, chat.history if chat else History().to_json())


def _download(content: bytes, transcript: Transcript, ending: str, kind: str) -> Response:
    name = quote(f"{file_name(transcript.thread['name'])}.{ending}")
    shown = f"attachment; filename=\"chat.{ending}\"; filename*=UTF-8''{name}"
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=_SAFE | {"Content-Disposition": shown})


def file_name(title: str | None) -> str:
    """A chat's name as one that any system takes for a file; `chat` if nothing of it is left."""
    name = " ".join(_UNSAFE.sub(" ", title or "").split())[:60].strip(". ")
    return f"chat {name}".strip() if not name or _DEVICE.fullmatch(name) else name


async def _uploaded(request: Request) -> bytes:
    """The file that the form for an import brings; b'' if it brings none."""
    async with request.form(max_files=1, max_part_size=MAX_BYTES) as form:
        upload = form.get("chat")
        return b"" if upload is None or isinstance(upload, str) else await upload.read(MAX_BYTES)


def _texts(request: Request) -> Texts:
    return texts_for(request.headers.get("Accept-Language", ""))


def _too_large(request: Request) -> Response:
    texts = _texts(request)
    return _import_page(texts, texts.import_too_large.format(limit=size(MAX_BYTES)), 413)


def _import_page(texts: Texts, refusal: str = "", status: int = 400) -> HTMLResponse:
    told = f'<p class="refusal" role="alert">{html.escape(refusal)}</p>' if refusal else ""
    form = f"""<p>{texts.import_about}</p>{told}
<form method="post" enctype="multipart/form-data">
<input type="file" name="chat" accept="application/json,.json" required aria-label="{texts.import_title}">
<button>{texts.import_button}</button>
</form>"""
    return plain_page(texts.language, texts.import_title, form, texts.import_back, status=status if refusal else 200)
