"""Uploads of the files that a person attaches: read, or refused in words, and laid down so that nothing runs them.

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

from chainlit import server
from chainlit.config import SpontaneousFileUploadFeature
from chainlit.server import UserParam
from chainlit.session import WebsocketSession
from chainlit.user import PersistedUser
from fastapi import HTTPException, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from agent.attachments.document import safe_name
from agent.attachments.refusals import Refused
from web.chat import state, unsaved
from web.chat.file_readers import FileReaders
from web.quotas.quotas import Quotas
from web.quotas.refusals import OverQuota
from web.server import body_limit, routes, upload_folder
from web.server.chainlit_internals import replace
from web.texts import Texts, texts_for

logger = logging.getLogger(__name__)

PATH = f"{server.router.prefix}/project/file"
MB = 1_000_000
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
    """Takes and gives the files of open pages, `max_files` of `max_mb` MB each in a message.

    May be made again, as every hot reload does; what was taken is still there.
    """

    def __init__(
        self,
        data_dir: Path,
        readers: FileReaders,
        max_files: int,
        max_mb: int,
        quotas: Quotas,
        texts_in: Callable[[str], Texts] = texts_for,
    ) -> None:
        """`texts_in` gives the texts for a language, and for whom they are."""
        self._quotas = quotas
        self._max_files = max_files
        self._max_mb = max_mb
        self._texts_in = texts_in
        self._readers = readers
        self._folder = data_dir / "uploads"

    def install(self) -> None:
        """Put this in the place of Chainlit's. May be called again, as every hot reload does. Raises OSError."""
        upload_folder.install(self._folder)
        # Chainlit's page would refuse a file in English only, so it is told of no limit and lets the server answer. Its
        # library warns of "*/*" at each look; what Chainlit's server would make of no kinds is not asked.
        replace("chainlit.server.validate_file_mime_type", lambda file, spec: None)
        unlimited = SpontaneousFileUploadFeature(enabled=True, accept=[], max_files=1000, max_size_mb=100_000)
        replace("chainlit.config.config.features.spontaneous_file_upload", unlimited)
        for route in self.routes():
            routes.put_first(route)
        max_bytes = self._max_mb * MB + body_limit.FORM_BYTES
        body_limit.allow("POST", PATH, max_bytes, _too_large(self._max_mb, self._texts_in))

    def routes(self) -> list[APIRoute]:
        """The addresses at which a page puts a file and gets it, in place of Chainlit's."""
        guarded: Any = {"dependency_overrides_provider": server.app}  # so that web/auth/login.py is asked who it is
        return [
            _bounded(self._receive)(PATH, self._upload, methods=["POST"], **guarded),
            APIRoute(f"{PATH}/{{file_id}}", self._download, methods=["GET"], **guarded),
        ]

    async def clean(self) -> None:
        """Delete the files that nobody can send any more."""
        await asyncio.to_thread(upload_folder.clean, self._folder)

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
            raise _in_words(refusal, session_id, self._texts_in) from refusal

    async def _upload(
        self, request: Request, user: UserParam, session_id: str, file: UploadFile, ask_parent_id: str | None = None
    ) -> Response:
        """Chainlit's own upload, and then ours: read the file, and refuse it in words if that does not go."""
        if not file.size:
            raise _in_words(Refused("empty"), session_id, self._texts_in)
        file.filename, file.headers = file.filename or "file", Headers({"content-type": TYPE})  # a form need not say
        answer = await self._store(user, session_id, file, ask_parent_id)
        session, file_id = WebsocketSession.get_by_id(session_id), json.loads(bytes(answer.body))["id"]
        files = session.files
        try:
            unsaved.documents.of(session)[file_id] = await self._take(files, file_id, state.person(session))
        except Refused as refusal:
            files.pop(file_id)["path"].unlink()
            raise _in_words(refusal, session_id, self._texts_in) from refusal
        unsaved.waiting_files.of(session)[file_id] = files[file_id]["size"]
        request.state.arrival.take(files[file_id]["size"])
        return answer

    async def _store(self, user: UserParam, session_id: str, *sent: Any) -> Response:
        """Chainlit's own upload, but whole or not at all. Raises HTTPException if there is no room for it."""
        try:
            answer: Response = await server.upload_file(user, session_id, *sent)
        except OSError as error:
            logger.error("a file could not be stored: %s", error)
            session = WebsocketSession.get_by_id(session_id)
            whole = {one["path"] for one in session.files.values()}
            for half in set(session.files_dir.glob("*")) - whole:
                half.unlink(missing_ok=True)
            raise _in_words(Refused("disk_full"), session_id, self._texts_in) from error
        return answer

    async def _take(self, files: dict[str, Any], file_id: str, person: str) -> dict[str, Any]:
        """Read a file that has arrived; gives what is known of it, as plain values. Raises Refused."""
        file = files[file_id]
        path = file["path"].rename(file["path"].with_suffix(""))
        path.chmod(0o600)
        file |= {"path": path, "name": safe_name(file["name"]), "type": TYPE}
        if file["size"] > self._max_mb * MB:
            raise Refused("too_large", limit_mb=self._max_mb)
        full_message = self._max_files * self._max_mb * MB
        if sum(one["size"] for one in files.values()) > MESSAGES_A_CHAT * full_message:
            raise Refused("chat_full")
        return (await self._readers.read(path, file["name"], person)).to_json()

    async def _download(self, file_id: str, session_id: str, user: UserParam) -> Response:
        """Chainlit's own download, for looking at and not for running."""
        answer: Response = await server.get_file(file_id, session_id, user)
        answer.headers.update(HARMLESS)
        return answer


def _too_large(max_mb: int, texts_in: Callable[[str], Texts]) -> Callable[[Request], Response]:
    """The answer to a file that is larger than a file may be."""

    def refuse(request: Request) -> Response:
        session_id = request.query_params.get("session_id", "")
        refusal = _in_words(Refused("too_large", limit_mb=max_mb), session_id, texts_in)
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


def _waiting_of(user_id: str) -> list[int]:
    """The bytes of each file that waits in an open page of this user."""
    pages = [page for page in state.open_pages() if isinstance(page.user, PersistedUser) and page.user.id == user_id]
    return [size for page in pages for size in unsaved.waiting_files.of(page).values()]


def _in_words(refusal: Refused | OverQuota, session_id: str, texts_in: Callable[[str], Texts]) -> HTTPException:
    """The refusal as an answer whose text the page shows, in its language; who runs the app is told of the setting."""
    session = WebsocketSession.get_by_id(session_id)
    texts = texts_in(session.language if session else "")
    if isinstance(refusal, OverQuota):
        return HTTPException(429, texts.explain(refusal))
    told = refusal.in_language(texts.language)
    if refusal.reason == "too_large":
        return HTTPException(413, f"{told} {texts.file_limit_about}".strip())
    return HTTPException(422, told)
