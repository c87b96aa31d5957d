"""Exports, imports and kept files without a browser: whose they are, and how they are served."""

from __future__ import annotations

import json
from functools import partial

import httpx
import pytest
from chainlit.user import User
from sqlalchemy import insert
from starlette.applications import Starlette

from tests.web.chat.conftest import Visitors
from web.chat import transcript_routes
from web.chat.saved_chats import SavedChats
from web.chat.transcript_routes import TranscriptRoutes
from web.store import histories
from web.store.tables import elements
from web.texts import CHINESE, ENGLISH, Texts

QUESTION, ANSWER = "Weather in 广州?", "It is **21 °C**."
PAGE = {"Accept": "text/html"}
FILES = {"picture": "image/png", "web-page": "text/html", "notes": "text/plain"}
HERS = [
    "/chats/t1/export.json",
    "/chats/t1/export.md",
    "/chats/t1/steps/answer",
    *(f"/kept/t1/{name}" for name in FILES),
]


@pytest.fixture
async def her_chat(saved_chats: SavedChats) -> None:
    """A chat of anna's, with files."""
    anna = await saved_chats.layer.create_user(User("anna"))
    assert anna
    times = {"createdAt": "2026-11-22T10:00:00Z", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T10:00:01Z"}
    said = [("question", "user_message", QUESTION), ("answer", "assistant_message", ANSWER)]
    steps = [
        {"id": name, "threadId": "t1", "type": kind, "name": name, "output": text, "parentId": None} | times
        for name, kind, text in said
    ]
    thread = {"id": "t1", "name": QUESTION, "createdAt": times["createdAt"], "tags": [], "metadata": {}}
    messages = [
        {"role": role, "content": text, "tool_calls": [], "tool_call_id": None, "id": name}
        for role, text, name in (("user", QUESTION, "question"), ("assistant", ANSWER, None))
    ]
    history = {"messages": messages, "start": 0}
    then = partial(histories.add, thread_id="t1", history=history)
    await saved_chats.layer.add_thread(thread | {"steps": steps}, anna.id, then)
    rows = []
    for name, mime in FILES.items():
        await saved_chats.files.upload_file(f"t1/{name}", name.encode(), mime=mime)
        fields = {"name": f"{name}.bin", "type": "file", "mime": mime}
        rows.append({"id": name, "thread_id": "t1", "step_id": "answer", "object_key": f"t1/{name}", "fields": fields})
    await saved_chats.database.write(lambda connection: connection.execute(insert(elements), rows))


def as_(person: str, visitors: Visitors, saved_chats: SavedChats) -> httpx.AsyncClient:
    """A client of this person; of nobody for ''."""
    app = Starlette(routes=TranscriptRoutes(saved_chats, visitors).routes())
    headers = {"X-Person": person} if person else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)


@pytest.mark.parametrize("path", HERS)
async def test_what_is_of_a_chat_is_its_authors_alone(
    saved_chats: SavedChats, visitors: Visitors, her_chat: None, path: str
) -> None:
    async with as_("anna", visitors, saved_chats) as anna:
        assert (await anna.get(path)).status_code == 200
    async with as_("ben", visitors, saved_chats) as ben:
        assert (await ben.get(path)).status_code == 404
        shown = await ben.get(path, headers=PAGE | {"Accept-Language": "zh-CN"})
        assert (shown.status_code, CHINESE.nothing_here in shown.text) == (404, True)
    async with as_("", visitors, saved_chats) as nobody:
        assert (await nobody.get(path)).status_code == 401
        led = await nobody.get(path, headers=PAGE)
        assert (led.status_code, led.headers["location"].partition("?")[0]) == (303, "/login")


@pytest.mark.parametrize(
    "path", ["/chats/t1/export.pdf", "/chats/t1/steps/other", "/kept/t1/other", "/chats/t2/export.md"]
)
async def test_what_is_not_there_is_not_there_for_its_author_either(
    saved_chats: SavedChats, visitors: Visitors, her_chat: None, path: str
) -> None:
    async with as_("anna", visitors, saved_chats) as anna:
        assert (await anna.get(path)).status_code == 404


@pytest.mark.parametrize(("name", "how"), [("picture", "inline"), ("web-page", "attachment"), ("notes", "inline")])
async def test_a_kept_file_runs_nothing(
    saved_chats: SavedChats, visitors: Visitors, her_chat: None, name: str, how: str
) -> None:
    async with as_("anna", visitors, saved_chats) as anna:
        answer = await anna.get(f"/kept/t1/{name}")
    assert answer.content == name.encode()
    assert answer.headers["content-type"].startswith(FILES[name])
    assert answer.headers["content-disposition"].startswith(f"{how};")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_export_in_markdown_is_read_and_an_answers_text_is_as_the_model_wrote_it(
    saved_chats: SavedChats, visitors: Visitors, her_chat: None
) -> None:
    async with as_("anna", visitors, saved_chats) as anna:
        answer = await anna.get("/chats/t1/export.md")
        assert "chat.md" in answer.headers["content-disposition"]
        assert QUESTION in answer.text
        assert ANSWER in answer.text
        assert (await anna.get("/chats/t1/steps/answer")).text == ANSWER


async def test_an_export_is_imported_by_another_as_a_chat_of_theirs(
    saved_chats: SavedChats, visitors: Visitors, her_chat: None
) -> None:
    async with as_("anna", visitors, saved_chats) as anna:
        exported = (await anna.get("/chats/t1/export.json")).content
    async with as_("ben", visitors, saved_chats) as ben:
        for _ in range(2):
            taken = await ben.post("/import", files={"chat": exported})
            assert taken.status_code == 303
        refused = await ben.post("/import", files={"chat": exported})  # visitors have room for two chats
    assert refused.status_code == 400
    thread_id = taken.headers["location"].rpartition("/")[2]
    thread = await saved_chats.layer.get_thread(thread_id)
    history = await histories.load(saved_chats.database, thread_id)
    assert thread
    assert history
    assert (thread["userIdentifier"], [step["output"] for step in thread["steps"]]) == ("ben", [QUESTION, ANSWER])
    assert [message["content"] for message in history.history["messages"]] == [QUESTION, ANSWER]
    assert not history.is_open


@pytest.mark.parametrize("content", [b"", b"{", b"[]", json.dumps({"format": "something else"}).encode()])
@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
async def test_what_is_no_export_is_refused_in_words(
    saved_chats: SavedChats, visitors: Visitors, content: bytes, texts: Texts
) -> None:
    async with as_("ben", visitors, saved_chats) as ben:
        language = {"Accept-Language": texts.language}
        refused = await ben.post("/import", files={"chat": content}, headers=language)
        shown = await ben.get("/import", headers=language)
    assert (refused.status_code, shown.status_code) == (400, 200)
    assert texts.import_about in refused.text
    assert texts.import_about in shown.text
    assert 'role="alert"' in refused.text
    assert 'role="alert"' not in shown.text


async def test_an_import_that_another_site_sends_is_refused(saved_chats: SavedChats, visitors: Visitors) -> None:
    async with as_("ben", visitors, saved_chats) as ben:
        sent = await ben.post("/import", files={"chat": b"{}"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("广州天气怎么样?", "广州天气怎么样"),
        ("a/b\\c:d*e?f\"g<h>i|j", "a b c d e f g h i j"),
        ("../../etc/passwd", "etc passwd"),
        (".hidden.", "hidden"),
        ("line\nbreak\tand\x00nul", "line break and nul"),
        ("gone\u202egpj.exe\ud83d", "gone gpj.exe"),
        ("x" * 200, "x" * 60),
        ("", "chat"),
        (None, "chat"),
        ("???", "chat"),
        ("CON", "chat CON"),
        ("lpt1.txt", "chat lpt1.txt"),
        ("Console", "Console"),
        ("emoji 🙂", "emoji 🙂"),
    ],
)  # fmt: skip
def test_a_chats_name_becomes_one_that_every_system_takes_for_a_file(title: str | None, name: str) -> None:
    assert transcript_routes.file_name(title) == name
