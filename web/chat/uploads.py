"""The files that a person attaches: taken or refused at upload, kept where nothing acts on them, given to the message.

Chainlit alone keeps uploads inside the folder that `-w` watches, serves them under the type that the browser claimed,
and takes any file. What is in a file is the affair of agent/attachments/.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import chainlit as cl
from chainlit import server
from chainlit.config import SpontaneousFileUploadFeature, config
from chainlit.element import Element
from chainlit.server import UserParam
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from fastapi import HTTPException, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from agent import PROJECT
from agent.attachments.budget import Count, Excerpt, fit
from agent.attachments.document import Document, page_ranges, safe_name
from agent.attachments.message import compose
from agent.attachments.refusals import Refused
from agent.engine.protocol import Engine, estimate
from agent.history import Message
from web.auth.quotas import Quotas
from web.auth.refusals import OverQuota
from web.chat import state
from web.chat.file_readers import Readers
from web.render import messages
from web.server import body_limit, routes, upload_folder
from web.texts import Texts, texts

logger = logging.getLogger(__name__)
TEMPLATE = PROJECT / "agent" / "prompts" / "attachments.md"

MB = 1_000_000
CHARS_A_TOKEN = 6  # more than any language has: what is read of a file can fill the budget
MESSAGES_A_CHAT = 20  # a chat keeps the files of so many full messages

# Whatever a file is, a browser saves it, and runs nothing that is in it. The page shows it by its name; a PDF's preview
# would fill the screen, and lack the fonts that it does not bring along.
TYPE = "application/octet-stream"
HARMLESS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class Uploads:
    """The page's way for files. May be made again, as every hot reload does; what was taken is still there.

    A message may have `max_files` of `max_mb` MB each; the model gets `max_tokens` tokens of them all.
    """

    def __init__(
        self,
        data_dir: Path,
        max_files: int,
        max_mb: int,
        max_tokens: int,
        quotas: Quotas,
        words_in: Callable[[str], Texts] = texts,
    ) -> None:
        """`words_in` gives the texts for a language, and for whom they are."""
        self._quotas = quotas
        self._max_files = max_files
        self._max_mb = max_mb
        self._max_tokens = max_tokens
        self._words_in = words_in
        self._readers = Readers()
        self._template = TEMPLATE.read_text(encoding="utf-8").strip()
        self._folder = data_dir / "uploads"
        upload_folder.prepare(self._folder)
        # Chainlit's page would refuse a file in English only, so it is told of no limit and lets the server answer. Its
        # library warns of "*/*" at each look; what Chainlit's server would make of no kinds is not asked.
        server.validate_file_mime_type = lambda file, spec: None
        config.features.spontaneous_file_upload = SpontaneousFileUploadFeature(
            enabled=True, accept=[], max_files=1000, max_size_mb=100_000
        )
        path = f"{server.router.prefix}/project/file"
        guarded: Any = {"dependency_overrides_provider": server.app}  # so that web/auth/login.py is asked who it is
        body_limit.allow("POST", path, max_mb * MB + body_limit.FORM_BYTES, _too_large(max_mb, words_in))
        routes.put_first(_bounded(self._receive)(path, self._upload, methods=["POST"], **guarded))
        routes.put_first(APIRoute(f"{path}/{{file_id}}", self._download, methods=["GET"], **guarded))

    async def clean(self) -> None:
        """Delete the files that nobody can send any more."""
        await asyncio.to_thread(upload_folder.clean, self._folder)

    async def text_of(self, message: cl.Message, engine: Engine, words: Texts) -> str:
        """The message's text with that of its files, as the model gets it; the page is told what is left out."""
        files, too_many = message.elements[: self._max_files], message.elements[self._max_files :]
        for file in message.elements:
            _waiting(cl.context.session).pop(file.id, None)
        documents = [document for file in files if (document := await self._document(file, words))]
        excerpts = await fit(documents, *self._room(engine))
        if too_many:
            names = words.comma.join(file.name for file in too_many)
            await messages.say(words.files_too_many.format(limit=self._max_files, names=names), icon="paperclip")
        for document in documents:
            if remark := _how_read(document, words):
                await messages.say(remark, icon="paperclip")
        for excerpt in excerpts:
            if excerpt.is_cut:
                await messages.say(_describe(excerpt, words), icon="paperclip")
            if excerpt.unread:
                pages = words.comma.join(page_ranges(excerpt.unread))
                told = words.file_unread.format(name=excerpt.document.name, pages=pages)
                await messages.say(told, icon="paperclip")
        return compose(message.content, excerpts, self._template)

    async def _document(self, file: Element, words: Texts) -> Document | None:
        """What was read of a file when it came; where that was in an earlier page, its kept copy is read.

        One that cannot be read any more is left out, and the page is told.
        """
        taken = cl.context.session.files.get(file.id, {})
        if "document" in taken:
            return Document.from_json(taken["document"])
        try:
            return await self._read(Path(file.path or ""), file.name, state.person())
        except Refused as refusal:
            await messages.say(f"{file.name}: {refusal.in_language(words.language)}", icon="paperclip")
            return None

    async def _read(self, path: Path, name: str, person: str) -> Document:
        """Raises Refused."""
        return await self._readers.read(path, name, CHARS_A_TOKEN * self._max_tokens, person)

    def _room(self, engine: Engine) -> tuple[int, Count]:
        """How many tokens of files the engine's window has room for, and what counts them."""
        window = engine.window

        async def count(text: str) -> int:
            return estimate(text) if window is None else await engine.count([Message("user", text)], ())

        return self._max_tokens if window is None else min(self._max_tokens, window // 2), count

    async def _receive(self, request: Request, handle: Handle) -> Response:
        """Answer an upload with `handle`, if there is room for it; it is reserved before the body is read."""
        session_id = request.query_params.get("session_id", "")
        session = WebsocketSession.get_by_id(session_id)
        if session is None or not isinstance(session.user, PersistedUser):
            return await handle(request)  # which refuses it
        user_id = session.user.id
        length = int(request.headers.get("content-length", self._max_mb * MB))
        try:
            async with self._quotas.arrival(user_id, length, waiting=lambda: _waiting_of(user_id)) as arrival:
                request.state.arrival = arrival
                return await handle(request)
        except OverQuota as refusal:
            async for _ in request.stream():  # a browser that still sends takes no answer
                pass
            raise _in_words(refusal, session_id, self._words_in) from refusal

    async def _upload(
        self, request: Request, user: UserParam, session_id: str, file: UploadFile, ask_parent_id: str | None = None
    ) -> Response:
        """Chainlit's own upload, and then ours: read the file, and refuse it in words where that does not go."""
        if not file.size:
            raise _in_words(Refused("empty"), session_id, self._words_in)
        file.filename, file.headers = file.filename or "file", Headers({"content-type": TYPE})  # a form need not say
        answer = await self._store(user, session_id, file, ask_parent_id)
        session, file_id = WebsocketSession.get_by_id(session_id), json.loads(bytes(answer.body))["id"]
        files = session.files
        try:
            await self._take(files, file_id, state.person(session))
        except Refused as refusal:
            files.pop(file_id)["path"].unlink()
            raise _in_words(refusal, session_id, self._words_in) from refusal
        _waiting(session)[file_id] = files[file_id]["size"]
        request.state.arrival.take(files[file_id]["size"])
        return answer

    async def _store(self, user: UserParam, session_id: str, *sent: Any) -> Response:
        """Chainlit's own upload, but whole or not at all. Raises HTTPException where there is no room for it."""
        try:
            answer: Response = await server.upload_file(user, session_id, *sent)
        except OSError as error:
            logger.error("a file could not be stored: %s", error)
            session = WebsocketSession.get_by_id(session_id)
            whole = {one["path"] for one in session.files.values()}
            for half in set(session.files_dir.glob("*")) - whole:
                half.unlink(missing_ok=True)
            raise _in_words(Refused("disk_full"), session_id, self._words_in) from error
        return answer

    async def _take(self, files: dict[str, Any], file_id: str, person: str) -> None:
        """Read a file that has arrived; what is known of it is kept beside it, as plain values. Raises Refused."""
        file = files[file_id]
        path = file["path"].rename(file["path"].with_suffix(""))
        path.chmod(0o600)
        file |= {"path": path, "name": safe_name(file["name"]), "type": TYPE}
        if file["size"] > self._max_mb * MB:
            raise Refused("too_large", limit_mb=self._max_mb)
        full_message = self._max_files * self._max_mb * MB
        if sum(one["size"] for one in files.values()) > MESSAGES_A_CHAT * full_message:
            raise Refused("chat_full")
        file["document"] = (await self._read(path, file["name"], person)).to_json()

    async def _download(self, file_id: str, session_id: str, user: UserParam) -> Response:
        """Chainlit's own download, for looking at and not for running."""
        answer: Response = await server.get_file(file_id, session_id, user)
        answer.headers.update(HARMLESS)
        return answer


def _too_large(max_mb: int, words_in: Callable[[str], Texts]) -> Callable[[Request], Response]:
    """The answer to a file that is larger than a file may be."""

    def refuse(request: Request) -> Response:
        session_id = request.query_params.get("session_id", "")
        refusal = _in_words(Refused("too_large", limit_mb=max_mb), session_id, words_in)
        return JSONResponse({"detail": refusal.detail}, refusal.status_code)

    return refuse


def _bounded(receive: Callable[[Request, Handle], Awaitable[Response]]) -> type[APIRoute]:
    """A route whose requests `receive` answers, before anything of the body is read."""

    class BoundedRoute(APIRoute):
        def get_route_handler(self) -> Handle:
            handle = super().get_route_handler()

            async def received(request: Request) -> Response:  # a function of its own: FastAPI asks whether it is async
                return await receive(request, handle)

            return received

    return BoundedRoute


def _waiting(session: Any) -> dict[str, int]:
    """The files of a page that were not sent yet: ids, and bytes."""
    files: dict[str, int] = vars(session).setdefault("waiting_files", {})
    return files


def _waiting_of(user_id: str) -> list[int]:
    """The bytes of each file that waits in an open page of this user."""
    pages = [page for page in state.open_pages() if isinstance(page.user, PersistedUser) and page.user.id == user_id]
    return [size for page in pages for size in _waiting(page).values()]


def _in_words(refusal: Refused | OverQuota, session_id: str, words_in: Callable[[str], Texts]) -> HTTPException:
    """The refusal as an answer whose text the page shows, in its language; who runs the app is told of the setting."""
    session = WebsocketSession.get_by_id(session_id)
    words = words_in(session.language if session else "")
    if isinstance(refusal, OverQuota):
        return HTTPException(429, words.explain(refusal))
    told = refusal.in_language(words.language)
    if refusal.reason == "too_large":
        return HTTPException(413, f"{told} {words.file_limit_about}".strip())
    return HTTPException(422, told)


def _describe(excerpt: Excerpt, words: Texts) -> str:
    """What the model gets of a file that is too long for it."""
    name, document = excerpt.document.name, excerpt.document
    if not excerpt.parts:
        return words.file_left_out.format(name=name)
    if last := excerpt.parts[-1].page:
        return words.file_cut_at_page.format(name=name, page=last, pages=document.pages)
    return words.file_cut.format(name=name, characters=f"{excerpt.length:,}")


def _how_read(document: Document, words: Texts) -> str:
    """What is told of a file that could not be read everywhere, or whose character set was guessed; '' of any other."""
    name, told = document.name, list[str]()
    if document.has_gaps:
        told.append(words.file_gaps.format(name=name))
    if document.charset:
        told.append(words.file_charset.format(name=name, charset=words.charset(document.charset)))
    if document.unreadable:
        told.append(words.file_unreadable.format(name=name, count=f"{document.unreadable:,}"))
    return "\n".join(told)
