"""No one reads or changes what is another's by any id: every way into the running app, tried with the other's ids.

Two people are logged in. Anna has a kept chat, a file, settings, a thumb and an answer that is being written; all of it
holds one word. Bob knows every id of hers. A leak is that word in anything that reaches him, or a change of anything
of hers. A route or an event of Chainlit's that nobody has put into the table fails the test.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from socketio.exceptions import ConnectionError as Refused

from dev.app_process import PROJECT, App
from tests.agent.engine.remote_model import RemoteModel, remote_model
from tests.e2e.visitor import Visitor, message, people
from tests.inside.programs import run_program
from tests.web.server.client import connect, request

WORD = "Tyrannosaurus"  # in all that is Anna's
MARK = "Velociraptor"  # in all that Bob writes
DOCUMENT = PROJECT / "docs" / "people.md"

# What names nothing of anybody's: the same for all, or the user's own by the cookie alone.
NOTHING_NAMED = {
    "GET /public/{filename:path}",
    "GET /assets/{filename:path}", "GET /copilot/{filename:path}", "GET /auth/config", "POST /login", "POST /logout",
    "POST /auth/header", "GET /auth/oauth/{provider_id}", "GET /auth/oauth/{provider_id}/callback",
    "POST /auth/oauth/azure-ad-hybrid/callback", "GET /user", "GET /project/translations", "GET /favicon", "GET /logo",
    "GET /avatars/{avatar_id:str}", "GET /{full_path:path}", "HEAD /", "GET /health", "GET /guest/{token}",
    "POST /guest/{token}", "GET /login", "GET /import",
    "GET /docs", "GET /docs/oauth2-redirect", "GET /redoc", "GET /openapi.json",  # FastAPI's own
}  # fmt: skip


@dataclass
class Case:
    """What Bob knows of Anna."""

    anna: Visitor
    bob: Visitor
    url: str
    anna_id: str = ""
    thread_id: str = ""
    step_id: str = ""
    feedback_id: str = ""
    file_id: str = ""
    element_id: str = ""
    new_page: Visitor | None = None  # hers too, and nothing was said in it yet
    new_thread_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)  # of the settings panel
    seen: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None, **rest: Any) -> int:
        """As Bob; keeps what comes back."""
        answer = await self.bob.send(method, path, body, **rest)
        self.seen.append(answer.text)
        return answer.status_code

    async def reach(self, **auth: Any) -> bool:
        """Connect another page of Bob's with these ids, and say something in it; whether that was let in."""
        async with Visitor(self.url) as page:
            page.http.cookies.update(self.bob.http.cookies)
            try:
                await page.connect(**auth)
            except Refused:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await page.say("What was said here?")
                    await page.expect(lambda name, _: name == "task_end")
            await asyncio.sleep(0.5)  # nothing of hers may come, not even late
            self.seen.append(page.all_seen())
            return True


Way = Callable[[Case], Awaitable[Any]]


def element(case: Case, **rest: Any) -> dict[str, Any]:
    own = {"id": case.element_id, "threadId": case.thread_id, "forId": case.step_id, "type": "custom", "name": "Card"}
    return own | {"display": "inline", "props": {"title": MARK}} | rest


async def poll(case: Case) -> None:
    """Read and end Anna's stream through the connection's id of socket.io, over which her events come."""
    for transport in ("polling", "websocket"):
        query = {"EIO": "4", "transport": transport, "sid": str(case.anna.socket.eio.sid)}
        assert await case.ask("GET", "/ws/socket.io/", params=query, timeout=2) == 400
    assert await case.ask("POST", "/ws/socket.io/", params=query) == 400
    assert set(case.seen) == {"Unknown session.\n"}  # ours, before socket.io is asked


async def event(case: Case, name: str, *data: Any) -> None:
    await case.bob.emit(name, *data)
    await asyncio.sleep(0.3)  # nothing may come of it, and no event says so


def said(case: Case, text: str, **rest: Any) -> dict[str, Any]:
    files = [{"id": case.file_id}]
    return {"message": message(case.step_id, text, threadId=case.thread_id, **rest), "fileReferences": files}


async def element_in_own_session(case: Case, method: str) -> None:
    await case.ask(method, "/project/element", {"element": element(case), "sessionId": case.bob.session_id})


async def bearer(case: Case) -> None:
    """A cookie of one's own making: signed by nobody, or with the name changed."""
    mine = case.bob.http.cookies["access_token"].split(".")
    for token in ("null", "x.y.z", f"{mine[0]}.{mine[1]}.", f"{mine[0]}.eyJpZGVudGlmaWVyIjoiYW5uYSJ9.{mine[2]}"):
        async with httpx.AsyncClient(base_url=case.url, headers={"Authorization": f"Bearer {token}"}) as http:
            case.seen.append((await http.get(f"/project/thread/{case.thread_id}")).text)
            case.seen.append((await http.post("/auth/jwt")).text)


WAYS: dict[str, tuple[str, Way]] = {
    "chat": ("GET /project/thread/{thread_id}", lambda c: c.ask("GET", f"/project/thread/{c.thread_id}")),
    "chat, as the list's filter": ("POST /project/threads", lambda c: c.ask("POST", "/project/threads", {
        "pagination": {"first": 50}, "filter": {"userId": c.anna_id, "search": WORD}})),
    "chat, as the list's cursor": ("POST /project/threads", lambda c: c.ask("POST", "/project/threads", {
        "pagination": {"first": 50, "cursor": c.thread_id}, "filter": {}})),
    "chat, shared": ("GET /project/share/{thread_id}", lambda c: c.ask("GET", f"/project/share/{c.thread_id}")),
    "sharing a chat": ("PUT /project/thread/share", lambda c: c.ask("PUT", "/project/thread/share", {
        "threadId": c.thread_id, "isShared": True})),
    "renaming a chat": ("PUT /project/thread", lambda c: c.ask("PUT", "/project/thread", {
        "threadId": c.thread_id, "name": MARK})),
    "renaming a chat, as text": ("PUT /project/thread", lambda c: c.bob.http.put("/project/thread", content=json.dumps(
        {"threadId": c.thread_id, "name": MARK}), headers={"Content-Type": "application/x+json"})),
    "deleting a chat": ("DELETE /project/thread", lambda c: c.ask("DELETE", "/project/thread", {
        "threadId": c.thread_id})),
    "element": ("GET /project/thread/{thread_id}/element/{element_id}", lambda c: c.ask(
        "GET", f"/project/thread/{c.thread_id}/element/{c.element_id}")),
    "element, through one's own chat": ("GET /project/thread/{thread_id}/element/{element_id}", lambda c: c.ask(
        "GET", f"/project/thread/{c.bob.thread_id}/element/{c.element_id}")),
    "changing an element": ("PUT /project/element", lambda c: c.ask("PUT", "/project/element", {
        "element": element(c), "sessionId": c.anna.session_id})),
    "changing an element, from one's own session": ("PUT /project/element", lambda c: element_in_own_session(c, "PUT")),
    "a new element in another's chat": ("PUT /project/element", lambda c: c.ask("PUT", "/project/element", {
        "element": element(c, id=str(uuid.uuid4())), "sessionId": c.bob.session_id})),
    "deleting an element": ("DELETE /project/element", lambda c: c.ask("DELETE", "/project/element", {
        "element": element(c), "sessionId": c.anna.session_id})),
    "deleting an element, from one's own session": (
        "DELETE /project/element", lambda c: element_in_own_session(c, "DELETE")),
    "kept file": ("GET /kept/{thread_id}/{element_id}", lambda c: c.ask("GET", f"/kept/{c.thread_id}/{c.element_id}")),
    "kept file, through one's own chat": ("GET /kept/{thread_id}/{element_id}", lambda c: c.ask(
        "GET", f"/kept/{c.bob.thread_id}/..%2F{c.thread_id}%2F{c.element_id}")),
    "a step's text": ("GET /chats/{thread_id}/steps/{step_id}", lambda c: c.ask(
        "GET", f"/chats/{c.thread_id}/steps/{c.step_id}")),
    "a step's text, through one's own chat": ("GET /chats/{thread_id}/steps/{step_id}", lambda c: c.ask(
        "GET", f"/chats/{c.bob.thread_id}/steps/{c.step_id}")),
    "export": ("GET /chats/{thread_id}/export.{kind}", lambda c: c.ask("GET", f"/chats/{c.thread_id}/export.json")),
    "export as Markdown": ("GET /chats/{thread_id}/export.{kind}", lambda c: c.ask(
        "GET", f"/chats/{c.thread_id}/export.md")),
    "importing over a chat": ("POST /import", lambda c: c.bob.http.post("/import", files={"chat": (
        "chat.json", json.dumps({"thread": {"id": c.thread_id}}), "application/json")})),
    "thumb": ("PUT /feedback", lambda c: c.ask("PUT", "/feedback", {
        "feedback": {"forId": c.step_id, "value": 0, "comment": MARK}, "sessionId": c.bob.session_id})),
    "thumb, from her session": ("PUT /feedback", lambda c: c.ask("PUT", "/feedback", {
        "feedback": {"forId": c.step_id, "value": 0, "comment": MARK}, "sessionId": c.anna.session_id})),
    "deleting a thumb": ("DELETE /feedback", lambda c: c.ask("DELETE", "/feedback", {"feedbackId": c.feedback_id})),
    "uploaded file": ("GET /project/file/{file_id}", lambda c: c.ask(
        "GET", f"/project/file/{c.file_id}", params={"session_id": c.anna.session_id})),
    "uploaded file, from one's own session": ("GET /project/file/{file_id}", lambda c: c.ask(
        "GET", f"/project/file/{c.file_id}", params={"session_id": c.bob.session_id})),
    "uploading into a session": ("POST /project/file", lambda c: c.bob.upload(MARK.encode(), c.anna.session_id)),
    "action": ("POST /project/action", lambda c: c.ask("POST", "/project/action", {
        "sessionId": c.anna.session_id, "action": {"name": "export", "payload": {}, "id": "1", "label": ""}})),
    "action on her answer": ("POST /project/action", lambda c: c.ask("POST", "/project/action", {
        "sessionId": c.bob.session_id,
        "action": {"name": "export", "payload": {"kind": "json"}, "forId": c.step_id, "id": "1", "label": ""}})),
    "tool server": ("POST /mcp", lambda c: c.ask("POST", "/mcp", {"sessionId": c.anna.session_id, "name": "x"})),
    "ending a tool server": ("DELETE /mcp", lambda c: c.ask("DELETE", "/mcp", {
        "sessionId": c.anna.session_id, "name": "x"})),
    "settings of a profile": ("GET /project/settings", lambda c: c.ask(
        "GET", "/project/settings", params={"chat_profile": "x", "session_id": c.anna.session_id})),
    "session's cookie": ("POST /set-session-cookie", lambda c: c.ask(
        "POST", "/set-session-cookie", {"session_id": c.anna.session_id})),
    "cookie of one's own making": ("POST /auth/jwt", bearer),
    "session": ("connect", lambda c: c.reach(sessionId=c.anna.session_id)),
    "session, with her chat": ("connect", lambda c: c.reach(sessionId=c.anna.session_id, threadId=c.thread_id)),
    "chat, opened": ("connect", lambda c: c.reach(threadId=c.thread_id)),
    "chat that she has not begun, opened": ("connect", lambda c: c.reach(threadId=c.new_thread_id)),
    "folder for a session": ("connect", lambda c: c.reach(sessionId="..")),
    "her session's folder": ("connect", lambda c: c.reach(sessionId=f"../.files/{c.anna.session_id}")),
    "connection": ("/ws/socket.io", poll),
    "message under her message's id": ("client_message", lambda c: event(c, "client_message", said(c, MARK))),
    "edit of her message": ("edit_message", lambda c: event(c, "edit_message", said(c, MARK))),
    "favourite": ("message_favorite", lambda c: event(c, "message_favorite", said(c, "", metadata={"favorite": True}))),
    "favourites": ("fetch_favorites", lambda c: event(c, "fetch_favorites")),
    "stop": ("stop", lambda c: event(c, "stop")),
    "settings": ("chat_settings_change", lambda c: event(c, "chat_settings_change", c.values | {
        "system_prompt": MARK, "sessionId": c.anna.session_id, "threadId": c.thread_id})),
    "settings, as they are edited": ("chat_settings_edit", lambda c: event(c, "chat_settings_edit", {
        "system_prompt": MARK, "sessionId": c.anna.session_id})),
    "window's message": ("window_message", lambda c: event(c, "window_message", {"sessionId": c.anna.session_id})),
    "audio": ("audio_start", lambda c: event(c, "audio_start")),
    "audio's end": ("audio_end", lambda c: event(c, "audio_end")),
    "audio's piece": ("audio_chunk", lambda c: event(c, "audio_chunk", {
        "isStart": True, "mimeType": "x", "elapsedTime": 0, "data": b"", "sessionId": c.anna.session_id})),
    "connected": ("connection_successful", lambda c: event(c, "connection_successful")),
    "clearing a session": ("clear_session", lambda c: event(c, "clear_session")),
    "leaving": ("disconnect", lambda c: c.bob.socket.disconnect()),
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Iterator[RemoteModel]:
    with remote_model() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(launch: Callable[..., App], model: RemoteModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a login, and two people who may log in."""
    env = {"AUTH": "password", "ENGINE": "remote", "REMOTE_BASE_URL": model.url}
    env["DATA_DIR"] = str(tmp_path_factory.mktemp("people") / "data")
    for name in ("anna", "bob"):
        people("add", name, password=f"{name}'s password", **env)
    with launch(**env) as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
async def case(guarded: App, model: RemoteModel) -> AsyncIterator[Case]:
    """Anna in the middle of an answer, and Bob with a chat of his own."""
    async with Visitor(guarded.url) as anna, Visitor(guarded.url) as bob, Visitor(guarded.url) as page:
        for name, visitor in (("anna", anna), ("bob", bob)):
            assert (await visitor.log_in(name, f"{name}'s password")).status_code == 200
            await visitor.connect(["polling", "websocket"])
        case = Case(anna, bob, guarded.url)
        case.anna_id = (await anna.http.get("/user")).json()["id"]

        model.say(f"You asked about the {WORD}.")
        case.file_id = (await anna.upload(f"All about the {WORD}.".encode())).json()["id"]
        controls = await anna.expect(lambda name, _: name == "chat_settings")
        case.values = {control["id"]: control["initial"] for control in controls}
        await anna.emit("chat_settings_change", case.values | {"system_prompt": f"You are a {WORD}."})
        question = await anna.say(f"What is a {WORD}?", case.file_id)
        case.thread_id = (await anna.expect(lambda name, _: name == "first_interaction"))["thread_id"]
        case.element_id = case.file_id
        thread = await kept(case, lambda thread: thread["elements"] and answers(thread))
        case.step_id = answers(thread)[0]
        thumb = {"forId": case.step_id, "value": 1, "comment": f"I like the {WORD}."}
        given = await anna.send("PUT", "/feedback", {"feedback": thumb, "sessionId": anna.session_id})
        case.feedback_id = given.json()["feedbackId"]

        model.say("Nothing.")
        await bob.say("What do you know?")
        await bob.expect(lambda name, _: name == "first_interaction")
        await bob.told("Nothing.")

        page.http.cookies.update(anna.http.cookies)
        await page.connect()
        case.new_page = page
        case.new_thread_id = (await page.expect(lambda _, data: "threadId" in (data or {})))["threadId"]
        model.say(f"The {WORD} was", hold=True)
        await anna.say("And when was it?")
        await anna.expect(lambda name, data: name == "stream_start" and "was" in data["output"])
        assert question in json.dumps(thread)
        yield case
        model.release()


def answers(thread: Any) -> list[str]:
    """The ids of the answers that a kept chat has whole."""
    steps = [step for step in thread["steps"] if step["type"] == "assistant_message"]
    return [step["id"] for step in steps if step["output"].endswith(f"{WORD}.")]


async def kept(case: Case, is_whole: Callable[[Any], Any]) -> Any:
    """Anna's chat as it is kept, once it is whole."""
    async with asyncio.timeout(10):
        while True:
            thread = (await case.anna.http.get(f"/project/thread/{case.thread_id}")).json()
            if is_whole(thread):
                return thread
            await asyncio.sleep(0.05)


async def hers(case: Case) -> dict[str, Any]:
    """All that is Anna's, as she gets it: her chat but for the answer that is being written, her files, her list."""
    thread = await kept(case, bool)
    first = [step for step in thread["steps"] if WORD in step["output"] and not step["output"].endswith("was")]
    page = {"session_id": case.anna.session_id}
    chats = (await case.anna.send("POST", "/project/threads", {"pagination": {"first": 50}, "filter": {}})).json()
    return {
        "chat": {**thread, "steps": first},
        "file": (await case.anna.http.get(f"/project/file/{case.file_id}", params=page)).text,
        "kept file": (await case.anna.http.get(f"/kept/{case.thread_id}/{case.element_id}")).text,
        "chats": [(chat["id"], chat["name"], chat["metadata"].get("is_shared")) for chat in chats["data"]],
    }


def test_every_route_and_event_is_tried_with_anothers_ids_or_names_nothing(tmp_path: Path) -> None:
    app, _ = run_program("routes.py", tmp_path)
    tried = {target for target, _ in WAYS.values()}
    assert {*app["routes"], *app["events"]} == tried | NOTHING_NAMED
    assert tried & NOTHING_NAMED == set()


def test_the_documents_table_is_what_is_tried() -> None:
    stated = re.findall(r"^\| `(.+)` \| (.+) \| 0 \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    tried: dict[str, list[str]] = {}
    for name, (target, _) in WAYS.items():
        tried.setdefault(target, []).append(name)
    assert dict(stated) == {target: "; ".join(names) for target, names in tried.items()}
    assert f"| {len(tried)} in all | {len(WAYS)} ways in | 0 |" in DOCUMENT.read_text("utf-8")


async def test_no_way_in_leads_to_what_is_anothers(case: Case, model: RemoteModel) -> None:
    before = await hers(case)
    assert before["file"] == before["kept file"] == f"All about the {WORD}."  # the ways in are open to her
    model_saw = model.asked
    for _ in WAYS:
        model.say("Nothing.")
    leaks = []
    for name, (_, way) in WAYS.items():
        case.seen.clear()
        case.bob.seen.clear()
        given = await way(case)
        case.seen.extend([case.bob.all_seen(), str(getattr(given, "text", ""))])
        if WORD in "".join(case.seen):
            leaks.append(f"read: {name}")
        if await hers(case) != before:
            leaks.append(f"changed: {name}")
            before = await hers(case)
    assert leaks == []
    assert [ask for ask in model.prompts[model_saw:] if WORD in ask] == []  # nor did the model get it for him

    model.release()  # her answer was not stopped, and comes to nobody but her
    await case.anna.expect(lambda name, data: name == "task_end" and case.anna.seen.count((name, data)) >= 2)
    assert MARK not in case.anna.all_seen()
    assert case.new_page
    await case.new_page.say(f"Another {WORD}?")  # in the chat that Bob has tried to open before her
    await case.new_page.expect(lambda name, _: name == "stream_start")
    assert case.new_page.thread_id == case.new_thread_id
    assert (await case.anna.http.get(f"/project/thread/{case.new_thread_id}")).status_code == 200
    case.seen.clear()
    await case.ask("GET", f"/project/thread/{case.new_thread_id}")
    await case.ask("POST", "/project/threads", {"pagination": {"first": 50}, "filter": {"search": WORD}})
    assert WORD not in "".join(case.seen)


@pytest.mark.parametrize(
    ("sent", "right"),
    [
        (request("PUT", "/project/thread", body=b"[[", length=100_000_000), 401),
        (request("POST", "/import", "accept: text/html", length=1_000_000), 303),
        (request("POST", "/login", body=b"username=" + b"a" * 900_000), 413),
        (request("POST", "/ws/socket.io/?EIO=4&transport=polling", body=b"40"), 401),
        (request("GET", "/ws/socket.io/?EIO=4&transport=polling"), 401),
        (request("GET", "/", "x: " + "x" * 70_000)[:-4], 431),
    ],
)
async def test_who_is_nobody_is_refused_before_anything_is_read(guarded: App, sent: bytes, right: int) -> None:
    """The limits of web/server/ stand in the real server, over hot reloads too; what they are is tested there."""
    async with connect(guarded.port) as client:
        await client.send(sent)
        assert (await client.answer())[0] == right


async def test_a_file_that_is_too_large_is_refused_by_what_it_says_of_itself(guarded: App) -> None:
    async with Visitor(guarded.url) as anna, connect(guarded.port) as client:
        await anna.log_in("anna", "anna's password")
        language = "accept-language: en-US"
        for path, told in (("/import", b"larger than 10 MB"), ("/project/file?session_id=x", b"larger than 20 MB")):
            kind = "content-type: multipart/form-data; boundary=x"
            await client.send(request("POST", path, f"cookie: {anna.cookie}", language, kind, length=60_000_000))
            status, answer = await client.answer()
            assert (status, told in answer) == (413, True), answer
            await client.send(b"x" * 60_000_000)  # passes by, and the connection takes the next request
