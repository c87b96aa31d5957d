"""Uploads without a browser: whose they are, what is refused and in which words, and what is left of a file."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import chainlit as cl
import httpx
import pytest
from chainlit import config as chainlit_config
from chainlit import server
from chainlit.auth import get_current_user
from chainlit.context import init_ws_context, local_steps
from chainlit.session import WebsocketSession, ws_sessions_id, ws_sessions_sid
from chainlit.user import PersistedUser, User
from fastapi import FastAPI
from starlette.requests import Request

from agent.attachments.refusals import TEXTS
from tests.web.chat.conftest import Visitors
from web.chat import unsaved
from web.chat.file_readers import FileReaders
from web.chat.message_files import MessageFiles
from web.chat.saved_chats import SavedChats
from web.chat.uploads import MB, MESSAGES_A_CHAT, Uploads
from web.texts import ENGLISH

NOTES = b"The meeting is on Tuesday."
MAX_FILES, MAX_MB, MAX_TOKENS = 2, 1, 1000


@pytest.fixture
def chainlit_without_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Chainlit's own settings, which are put back after."""
    for module in (chainlit_config, server):
        monkeypatch.setattr(module, "FILES_DIRECTORY", tmp_path / "of Chainlit")
    monkeypatch.setattr(server, "validate_file_mime_type", server.validate_file_mime_type)
    features = chainlit_config.config.features
    monkeypatch.setattr(features, "spontaneous_file_upload", features.spontaneous_file_upload)
    monkeypatch.setattr(server.app.router, "routes", list(server.app.router.routes))
    (tmp_path / "of Chainlit").mkdir()
    yield
    local_steps.set(None)
    ws_sessions_id.clear()
    ws_sessions_sid.clear()


@pytest.fixture
async def http(
    chainlit_without_uploads: None,
    saved_chats: SavedChats,
    visitors: Visitors,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser whose person the header X-Person names."""
    uploads = Uploads(tmp_path, FileReaders(MAX_TOKENS), MAX_FILES, MAX_MB, visitors.quotas)
    uploads.install()

    async def who(request: Request) -> PersistedUser | None:
        return await visitors.user(request)

    monkeypatch.setitem(server.app.dependency_overrides, get_current_user, who)
    app = FastAPI()
    app.router.routes += uploads.routes()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def open_page(saved_chats: SavedChats, name: str, language: str = "en") -> WebsocketSession:
    async def no_emit(*_: Any) -> None:
        """A page that takes what it gets."""

    page = WebsocketSession(
        id=f"page of {name}", socket_id=await server.sio.manager.connect(str(uuid.uuid4()), "/"), user_env={},
        emit=no_emit, emit_call=no_emit, client_type="webapp", user=await saved_chats.layer.create_user(User(name)),
    )  # fmt: skip
    page.language = language
    init_ws_context(page)
    return page


async def upload(
    http: httpx.AsyncClient,
    page: WebsocketSession,
    content: bytes = NOTES,
    name: str = "notes.txt",
    person: str = "anna",
) -> httpx.Response:
    files, headers = {"file": (name, content, "text/html")}, {"X-Person": person}
    return await http.post("/project/file", params={"session_id": page.id}, files=files, headers=headers)


def stored(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in (tmp_path / "uploads").rglob("*") if path.is_file()]


async def test_a_file_is_read_when_it_comes_and_its_text_goes_to_the_model(
    http: httpx.AsyncClient, saved_chats: SavedChats, tmp_path: Path
) -> None:
    page = await open_page(saved_chats, "anna")
    answer = await upload(http, page, name="../notes\u202e.txt")
    file_id = answer.json()["id"]
    assert stored(tmp_path) == [NOTES]
    assert unsaved.waiting_files.of(page) == {file_id: len(NOTES)}
    assert unsaved.is_nowhere_else(page)
    (kept,) = page.files.values()
    assert (kept["name"], kept["path"].suffix, kept["path"].stat().st_mode & 0o777) == ("notes .txt", "", 0o600)

    kept["path"].unlink()  # what was read is not read again
    message = cl.Message("When?", type="user_message", elements=[cl.File(id=file_id, name="notes.txt", content=NOTES)])
    text = await MessageFiles(FileReaders(MAX_TOKENS), MAX_FILES, MAX_TOKENS).text_of(message, Uncounting(), ENGLISH)
    assert NOTES.decode() in text
    assert text.endswith("When?")
    assert unsaved.waiting_files.of(page) == {}


class Uncounting:
    """An engine that cannot count, whose window is not known."""

    window = None


async def test_a_file_is_its_pages_alone_and_runs_nothing(http: httpx.AsyncClient, saved_chats: SavedChats) -> None:
    page = await open_page(saved_chats, "anna")
    file_id = (await upload(http, page)).json()["id"]
    path, params = f"/project/file/{file_id}", {"session_id": page.id}
    hers = await http.get(path, params=params, headers={"X-Person": "anna"})
    assert hers.content == NOTES
    assert hers.headers["content-type"] == "application/octet-stream"
    assert hers.headers["content-disposition"] == "attachment"
    assert hers.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (await http.get(path, params=params, headers={"X-Person": "ben"})).status_code == 401


@pytest.mark.parametrize(("page", "status"), [("page of anna", 401), ("page of nobody", 404)])
async def test_nobody_uploads_to_a_page_of_another(
    http: httpx.AsyncClient, saved_chats: SavedChats, tmp_path: Path, page: str, status: int
) -> None:
    hers = await open_page(saved_chats, "anna")
    sent = await http.post(
        "/project/file", params={"session_id": page}, files={"file": ("a.txt", NOTES)}, headers={"X-Person": "ben"}
    )
    assert (sent.status_code, stored(tmp_path), hers.files) == (status, [], {})


REFUSED = {
    "empty": (b"", 422),
    "archive": (b"PK\x05\x06" + bytes(18), 422),
    "too_large": (b"a" * (MAX_MB * MB + 1), 413),
}


@pytest.mark.parametrize("reason", REFUSED)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_refused_is_told_in_the_pages_language_and_leaves_nothing(
    http: httpx.AsyncClient, saved_chats: SavedChats, tmp_path: Path, reason: Any, language: str
) -> None:
    content, status = REFUSED[reason]
    page = await open_page(saved_chats, "anna", language)
    answer = await upload(http, page, content)
    told = TEXTS[reason][language == "zh"].format(limit_mb=MAX_MB)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True)
    assert (stored(tmp_path), page.files, unsaved.documents.of(page)) == ([], {}, {})
    assert unsaved.waiting_files.of(page) == {}  # nothing is held against the next one


async def test_a_chat_keeps_the_files_of_so_many_full_messages(
    http: httpx.AsyncClient, saved_chats: SavedChats
) -> None:
    page = await open_page(saved_chats, "anna")
    page.files["before"] = {"path": Path("before"), "size": MESSAGES_A_CHAT * MAX_FILES * MAX_MB * MB}
    answer = await upload(http, page)
    assert (answer.status_code, answer.json()["detail"]) == (422, TEXTS["chat_full"][0])
    assert list(page.files) == ["before"]


async def test_who_has_as_many_waiting_files_as_there_may_be_is_told_so(
    http: httpx.AsyncClient, saved_chats: SavedChats, tmp_path: Path
) -> None:
    page = await open_page(saved_chats, "anna")
    unsaved.waiting_files.of(page).update({"one": 5, "two": 5})  # visitors may have no more
    answer = await upload(http, page)
    assert (answer.status_code, "2" in answer.json()["detail"], stored(tmp_path)) == (429, True, [])
    unsaved.waiting_files.of(page).popitem()
    assert (await upload(http, page)).status_code == 200


async def test_what_is_left_of_a_file_that_the_disk_has_no_room_for_is_deleted(
    http: httpx.AsyncClient, saved_chats: SavedChats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page(saved_chats, "anna")
    assert (await upload(http, page)).status_code == 200

    async def fill_disk(*_: Any, **__: Any) -> None:
        (page.files_dir / "half").write_bytes(NOTES[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "persist_file", fill_disk)
    answer = await upload(http, page)
    assert (answer.status_code, answer.json()["detail"]) == (422, TEXTS["disk_full"][0])
    assert stored(tmp_path) == [NOTES]


async def test_of_too_many_files_the_first_go_and_the_page_is_told(
    http: httpx.AsyncClient, saved_chats: SavedChats
) -> None:
    page = await open_page(saved_chats, "anna")
    names = ["one.txt", "two.txt", "three.txt"]
    for name in names:
        unsaved.waiting_files.of(page)[name] = 1
        unsaved.documents.of(page)[name] = {
            "name": name, "kind": "text", "parts": [{"text": f"in {name}", "page": 0}],
        }  # fmt: skip
    elements = [cl.File(id=name, name=name, content=b"x") for name in names]
    message = cl.Message("Compare.", type="user_message", elements=elements)
    text = await MessageFiles(FileReaders(MAX_TOKENS), MAX_FILES, MAX_TOKENS).text_of(message, Uncounting(), ENGLISH)
    assert ["in one.txt" in text, "in two.txt" in text, "in three.txt" in text] == [True, True, False]
    told = ENGLISH.files_too_many.format(limit=MAX_FILES, names="three.txt")
    assert told in [one.name for one in cl.chat_context.get()]
    assert unsaved.waiting_files.of(page) == {}
