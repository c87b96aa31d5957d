"""A program: Bob tries every route and event of the whole app with what is Anna's, and prints what came of it, as JSON.

All that is hers holds one word. A leak is that word in anything that reaches him, or nobody, or a change of anything of
hers. Routes and events are those of the app: a new one is tried too, and one that names what is not known here is told.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from whole_app import Header, WholeApp

WORD, MARK = "Tyrannosaurus", "Velociraptor"  # in all that is Anna's; in all that Bob writes
JSON_TYPE, FORM_TYPE = (b"content-type", b"application/json"), (b"content-type", b"multipart/form-data; boundary=b")
FORGED = ("null", "x.y.z", "eyJhbGciOiJub25lIn0.eyJpZGVudGlmaWVyIjoiYW5uYSJ9.")

# What a path names that is nobody's, with a value that there is.
NOBODYS = {
    "filename": "style.css",  # of the app's own files
    "full_path": "thread",  # the page, the same for all
    "provider_id": "github",  # a way to log in
    "avatar_id": "qingtan",  # a picture of the app's
    "token": "none",  # a demo link: whoever has it may come in
    "kind": "json",  # the form of an export
}


def environment(cookie: list[Header]) -> dict[str, Any]:
    """What socket.io gives of a page's connection."""
    scope = {"type": "websocket", "scheme": "ws", "path": "/ws/socket.io/", "query_string": b"", "headers": cookie}
    told = {"HTTP_COOKIE": cookie[0][1].decode() if cookie else "", "HTTP_ACCEPT_LANGUAGE": "en-US"}
    return told | {"asgi.scope": scope | {"client": ("127.0.0.1", 50_000)}}


class Person:
    """Somebody with a chat, a file, a thumb and an open page."""

    def __init__(self, app: WholeApp, name: str, word: str) -> None:
        self.app, self.name, self.word = app, name, word
        self.cookie: list[Header] = []
        self.ids: dict[str, str] = {}
        self.seen: list[Any] = []  # what came to the page

    async def settle(self, number: int) -> None:
        from chainlit.element import File
        from chainlit.types import Feedback

        from web.auth.passwords import Passwords

        saved_chats = self.app.app.saved_chats
        await Passwords(saved_chats.database).add(self.name, f"{self.name}'s password")
        await self.log_in()
        user = await saved_chats.layer.get_user(self.name)
        uuid = f"0d0d0d0d-0000-4000-8000-00000000{number}".format
        self.ids = {"thread_id": uuid("0001"), "session_id": uuid("0002"), "step_id": uuid("0003")}
        self.ids |= {"element_id": uuid("0004"), "file_id": uuid("0005"), "user_id": user.id}
        step = {"id": self.ids["step_id"], "threadId": self.ids["thread_id"], "name": "a", "output": self.word}
        step |= {"type": "assistant_message", "createdAt": "2026-11-22T12:00:00Z"}
        thread = {"id": self.ids["thread_id"], "name": self.word, "metadata": {}, "tags": [], "steps": [step]}
        await saved_chats.layer.add_thread(thread, user.id, lambda _: None)
        self.ids["feedback_id"] = await saved_chats.layer.upsert_feedback(
            Feedback(forId=self.ids["step_id"], value=1, comment=self.word)
        )
        session = await self._open_page()
        session.files[self.ids["file_id"]] = await self._upload()
        element = File(id=self.ids["element_id"], name=self.word, content=self.word.encode(), for_id=step["id"])
        element.thread_id = self.ids["thread_id"]
        await saved_chats.layer.create_element(element)

    async def log_in(self) -> None:
        self.cookie = await self.app.log_in(self.name, f"{self.name}'s password")

    async def _open_page(self) -> Any:
        from chainlit.context import init_ws_context
        from chainlit.session import WebsocketSession

        environ = environment(self.cookie)
        said = {"sessionId": self.ids["session_id"], "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
        said["threadId"] = self.ids["thread_id"]
        await self.app.server.sio.handlers["/"]["connect"](f"page of {self.name}", environ, said)
        session = WebsocketSession.require(f"page of {self.name}")
        session.emit, session.has_first_interaction = self._hear, True
        init_ws_context(session)
        return session

    async def _hear(self, event: str, data: Any) -> None:
        self.seen.append((event, data))

    async def _upload(self) -> dict[str, Any]:
        folder = self.app.data_dir / "uploads" / str(os.getpid()) / self.ids["session_id"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "file").write_text(self.word)
        return {"id": self.ids["file_id"], "path": folder / "file", "name": self.word, "type": "text/plain", "size": 9}

    async def all_of(self) -> Any:
        """Everything that is kept of this person's."""
        saved_chats, thread_id = self.app.app.saved_chats, self.ids["thread_id"]
        thread = await saved_chats.layer.get_thread(thread_id)
        file = saved_chats.files.path(f"{thread_id}/{self.ids['element_id']}")
        from chainlit.session import WebsocketSession

        session = WebsocketSession.get_by_id(self.ids["session_id"])
        page = (sorted(session.files), session.chat_settings, session.thread_id) if session else None
        return json.dumps([thread, file.read_text(), page], default=str, sort_keys=True)


Way = tuple[str, Callable[[list[Header]], Awaitable[Any]]]


def mixes(names: list[str], hers: dict[str, str], his: dict[str, str]) -> Iterator[dict[str, str]]:
    """The values for `names`, hers or his in every mixture that has something of hers."""
    own = [name for name in names if name in hers]
    for choice in product((hers, his), repeat=len(own)):
        if not own or hers in choice:
            yield NOBODYS | {name: ids[name] for name, ids in zip(own, choice, strict=True)}


def bodies(hers: dict[str, str], his: dict[str, str]) -> Iterator[dict[str, Any]]:
    """All of hers at once, from her page and from his own."""
    for session, thread in product((hers["session_id"], his["session_id"]), (hers["thread_id"], his["thread_id"])):
        element = {"id": hers["element_id"], "threadId": thread, "forId": hers["step_id"], "type": "custom"}
        message = {"id": hers["step_id"], "threadId": thread, "output": MARK, "name": "bob", "type": "user_message"}
        message |= {"createdAt": "2026-11-22T12:00:00Z", "metadata": {"favorite": True}}
        yield {
            "sessionId": session, "session_id": session, "threadId": hers["thread_id"], "name": MARK, "isShared": True,
            "element": element | {"name": MARK, "display": "inline", "props": {"title": MARK}},
            "feedback": {"forId": hers["step_id"], "value": 0, "comment": MARK}, "feedbackId": hers["feedback_id"],
            "action": {"name": "export", "payload": {"kind": "json"}, "forId": hers["step_id"], "id": "1", "label": ""},
            "pagination": {"first": 50, "cursor": thread}, "filter": {"userId": hers["user_id"], "search": WORD},
            "message": message, "fileReferences": [{"id": hers["file_id"]}], "system_prompt": MARK,
            "clientType": "stdio", "fullCommand": "true", "isStart": True, "mimeType": "x", "elapsedTime": 0,
            "data": "", "ask": MARK, "number": "1", "thread": hers["thread_id"],
        }  # fmt: skip


def requests(app: WholeApp, anna: Person, bob: Person) -> Iterator[Way | str]:
    """Every way by a route, or the name of a route that names what is not known here."""
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + MARK.encode()
        + b"\r\n--b--\r\n"
    )
    for route in app.server.app.router.routes:
        names = re.findall(r"{(\w+)", route.path)
        if unknown := set(names) - set(anna.ids) - set(NOBODYS):
            yield f"{route.path} names {', '.join(sorted(unknown))}"
        for method in sorted(getattr(route, "methods", None) or ("GET", "POST")):
            sent = [(JSON_TYPE, json.dumps(one).encode()) for one in bodies(anna.ids, bob.ids)] + [(FORM_TYPE, form)]
            sent = sent if method not in ("GET", "HEAD") else [(JSON_TYPE, b"")]
            for values, (kind, body), page in product(mixes(names, anna.ids, bob.ids), sent, (anna, bob)):
                path = re.sub(r"{(\w+)[^}]*}", lambda name, values=values: values.get(name[1], "x"), route.path)
                target = f"{path}?{urlencode({'session_id': page.ids['session_id']})}"

                async def ask(
                    cookie: list[Header],
                    method: str = method,
                    target: str = target,
                    kind: Header = kind,
                    body: bytes = body,
                ) -> Any:
                    return (await app.ask(method, target, [*cookie, kind], [body])).body.decode("utf-8", "replace")

                yield f"{method} {route.path}", ask


def events(app: WholeApp, anna: Person, bob: Person) -> Iterator[Way | str]:
    """Every way by an event of socket.io."""
    for name, handler in sorted(app.server.sio.handlers["/"].items()):
        parameters = list(inspect.signature(handler).parameters)
        given = bodies(anna.ids, bob.ids) if len(parameters) > 1 else [{}]
        if parameters[:1] != ["sid"] or len(parameters) > 3:
            yield f"event {name} takes {', '.join(parameters)}"
        for body in given:

            async def send(
                cookie: list[Header], name: str = name, body: Any = body, count: int = len(parameters)
            ) -> Any:
                environ = environment(cookie)
                said = {"clientType": "webapp", "userEnv": "{}", "chatProfile": "", **body}
                more = {1: (), 2: (body,), 3: (environ, said)}[count]
                sid = f"page of {bob.name}" if count < 3 else "another page"
                handler = app.server.sio.handlers["/"][name]
                try:
                    await handler(sid, *more)
                    return ""
                except (ConnectionRefusedError, KeyError, TypeError, ValueError) as refusal:
                    return str(refusal)

            yield f"event {name}", send


async def main(folder: Path) -> None:
    app = WholeApp(folder / "data", AUTH="password")
    anna, bob = Person(app, "anna", WORD), Person(app, "bob", MARK)
    await anna.settle(1111)
    await bob.settle(2222)
    ways = [*requests(app, anna, bob), *events(app, anna, bob)]
    unknown = [way for way in ways if isinstance(way, str)]
    tried = [way for way in ways if not isinstance(way, str)]
    before, leaks, began = await anna.all_of(), list[str](), time.perf_counter()
    assert WORD in before
    open_to_her = {name for name, way in tried if name.startswith("GET") and WORD in await way(anna.cookie)}
    anna.seen.clear()
    strangers: list[list[Header]] = [[], *([(b"cookie", f"access_token={token}".encode())] for token in FORGED)]
    for name, way in tried:
        if (await app.ask("GET", "/user", bob.cookie)).status != 200:
            await bob.log_in()
        bob.seen.clear()
        told = str(await asyncio.wait_for(way(bob.cookie), 10))
        if not name.startswith("event"):
            told += "".join([str(await way(stranger)) for stranger in strangers])
        await asyncio.sleep(0)  # what an event begins
        if WORD in told.replace(f'"search": "{WORD}"', "") + str(bob.seen):
            leaks.append(f"read: {name}")
        if (now := await anna.all_of()) != before or MARK in str(anna.seen):
            leaks.append(f"changed: {name}")
            before = now
            anna.seen.clear()
    report = {"ways": len(tried) + sum(not name.startswith("event") for name, _ in tried) * len(strangers)}
    report |= {"targets": len({name for name, _ in tried}), "seconds": round(time.perf_counter() - began, 1)}
    sys.stdout.write(json.dumps(report | {"leaks": leaks, "unknown": unknown, "open": sorted(open_to_her)}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the app's threads would hold it up


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
