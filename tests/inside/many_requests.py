"""A program: sends the whole app requests of all kinds, as somebody and as nobody, and prints what came back, as JSON.

`python many_requests.py FOLDER COUNT [away]`; with `away` the database is gone when they come. The routes are those of
the app, so a new one is asked too. The requests are the same each time.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from odd import METHODS, ODD_BODIES, ODD_COOKIES, ODD_HEADERS, ODD_SEGMENTS, ODD_TARGETS, ODD_TEXTS, ODD_VALUES, TYPES
from whole_app import Answer, Header, WholeApp

# Of the engine's address, a statement, a driver, our code: nothing that an answer may hold.
PRIVATE = (
    "127.0.0.1:9",
    "SELECT ",
    "INSERT ",
    "sqlite",
    "sqlalchemy",
    "psycopg",
    "pydantic",
    "site-packages",
    "Traceback",
)


class Generator:
    """Makes requests: for each route, what it expects, with some of it odd."""

    def __init__(self, routes: list[Any], known: dict[str, str], cookie: list[Header]) -> None:
        """`known` are ids of the person whose cookie it is, by the names of parameters."""
        self._random = Random(1)
        self._routes = routes
        self._known = known
        self.cookie = cookie

    def next(self) -> tuple[str, str, str, list[Header], list[bytes]]:
        """The route's name, and a request: method, target, headers, body in pieces."""
        chance, route = self._random, self._random.choice(self._routes)
        path, methods = route.path, sorted(getattr(route, "methods", None) or ["GET", "POST"])
        method = chance.choice(methods) if chance.random() < 0.85 else chance.choice(METHODS)
        target = re.sub(r"{(\w+)(:\w+)?}", lambda name: self._segment(name[1]), path)
        if chance.random() < 0.04:
            target = chance.choice(ODD_TARGETS)
        if chance.random() < 0.3 or "file" in path:
            target += "?" + self._query()
        share = 0.05 if path.endswith("/logout") else 0.7  # it ends a login, and another takes its time
        headers = list(self.cookie) if chance.random() < share else []
        if chance.random() < 0.1:
            headers = [(b"cookie", chance.choice(ODD_COOKIES).encode("latin-1"))]
        body = self._body() if method not in ("GET", "HEAD", "OPTIONS") or chance.random() < 0.1 else b""
        kind = TYPES[0] if body.startswith(b"{") and chance.random() < 0.8 else chance.choice(TYPES)
        if body:
            headers.append((b"content-type", kind.encode("latin-1")))
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            name, value = chance.choice(ODD_HEADERS)
            headers.append((name.encode(), value.encode("latin-1")))
        if method == "POST" and path.endswith(("/file", "/import", "/login")) and chance.random() < 0.7:
            body = self._form()
            headers.append((b"content-type", chance.choice(TYPES[-12:-8]).encode()))
        cut = chance.randrange(len(body) + 1)
        return f"{method} {path}", method, target, headers, [body[:cut], body[cut:]]

    def _segment(self, name: str) -> str:
        if self._random.random() < 0.45 and name in self._known:
            return self._known[name]
        return self._random.choice(ODD_SEGMENTS)

    def _query(self) -> str:
        chance = self._random
        pairs = {
            "session_id": self._text("session_id"),
            "language": chance.choice(("en-US", "zh-CN", *ODD_TEXTS)),
            "theme": chance.choice(("dark", *ODD_TEXTS)),
            **{name: self._text(name) for name in ("chat_profile", "code", "state", "ask_parent_id", "error", "next")},
            "page": "",
        }
        kept = {key: value for key, value in pairs.items() if self._random.random() < 0.5}
        text = urlencode(kept, errors="surrogatepass")
        return text + chance.choice((*[""] * 24, "&%00", "%", "&&==", "&a=%ff", "#x", "?"))

    def _body(self) -> bytes:
        if self._random.random() < 0.3:
            return self._random.choice(ODD_BODIES)
        known = self._known
        thread, step = known["thread_id"], known["step_id"]
        element = {"id": known["element_id"], "threadId": thread, "forId": step, "type": "custom", "name": "Card"}
        whole = {
            "sessionId": known["session_id"],
            "session_id": known["session_id"],
            "threadId": thread,
            "name": "x",
            "isShared": True,
            "feedbackId": known["feedback_id"],
            "element": element | {"display": "inline", "props": {"a": 1}, "mime": "text/plain"},
            "action": {"name": "export", "payload": {}, "id": "1", "label": "", "forId": step, "tooltip": ""},
            "feedback": {"forId": step, "value": 1, "comment": "x"},
            "pagination": {"first": 20},
            "filter": {"search": "x"},
            "clientType": "stdio",
            "fullCommand": "true",
            "url": "http://127.0.0.1:9/",
        }
        return json.dumps(self._spoilt(whole)).encode()

    def _form(self) -> bytes:
        """A form of one to three parts, each with something odd in its head or its content."""
        chance, parts = self._random, list[bytes]()
        for _ in range(chance.choice((1, 1, 2, 3))):
            name = chance.choice(("file", "chat", "username", "password", *ODD_TEXTS)).encode("utf-8", "surrogatepass")
            file = chance.choice(
                (b"", b'; filename="a.txt"', b'; filename=""', b'; filename="\xff\\"', b"; filename*=utf-8''%ff")
            )
            kind = chance.choice(
                (b"", b"Content-Type: text/plain\r\n", b"Content-Type: \xff\r\n", b"Content-Type:\r\n")
            )
            content = chance.choice((b"", b"x", *ODD_BODIES, b'{"format":"qingtan-chat","version":1,"chat":{}}'))
            parts.append(
                b'--b\r\nContent-Disposition: form-data; name="'
                + name
                + b'"'
                + file
                + b"\r\n"
                + kind
                + b"\r\n"
                + content
            )
        return b"\r\n".join([*parts, b"--b--\r\n"])

    def _spoilt(self, value: dict[str, Any]) -> dict[str, Any]:
        """The same with now and then a value of it gone, of another type, or odd."""
        spoilt = {}
        for key, item in value.items():
            lot = self._random.random()
            if lot < 0.06:
                continue
            spoilt[key] = self._random.choice(ODD_VALUES) if lot < 0.14 else item
            if isinstance(item, dict) and lot >= 0.14:
                spoilt[key] = self._spoilt(item)
        return spoilt

    def _text(self, name: str) -> str:
        return self._known.get(name, "x") if self._random.random() < 0.6 else self._random.choice(ODD_TEXTS)


async def settle(app: WholeApp) -> tuple[dict[str, str], list[Header]]:
    """A person with a chat, an open page and a thumb; gives the ids, and the cookie's header."""
    from chainlit.session import WebsocketSession  # after the environment is set

    from web.auth.passwords import Passwords

    database, layer = app.app.saved_chats.database, app.app.saved_chats.layer
    await Passwords(database).add("anna", "anna's password")
    cookie = await app.log_in("anna", "anna's password")
    user = await layer.get_user("anna")
    known = {"thread_id": "0d0d0d0d-0000-4000-8000-000000000001", "session_id": "0d0d0d0d-0000-4000-8000-000000000002",
             "step_id": "s1", "element_id": "e1", "file_id": "f1", "filename": "style.css", "kind": "json",
             "full_path": "thread/x", "avatar_id": "qingtan", "provider_id": "github", "token": "x"}  # fmt: skip
    step = {"id": "s1", "threadId": known["thread_id"], "type": "assistant_message", "name": "a", "output": "Hello.",
            "createdAt": "2026-11-22T12:00:00Z"}  # fmt: skip
    await layer.add_thread(
        {"id": known["thread_id"], "name": "x", "metadata": {}, "tags": [], "steps": [step]}, user.id, lambda _: None
    )
    from chainlit.types import Feedback

    known["feedback_id"] = await layer.upsert_feedback(Feedback(forId="s1", value=1))

    async def nothing(*_: Any) -> None:
        """This page's connection: nobody reads it."""

    session = WebsocketSession(
        id=known["session_id"], socket_id="page", emit=nothing, emit_call=nothing, client_type="webapp", user_env={},
        user=user, token=cookie[0][1].decode(), thread_id=known["thread_id"], environ={},
    )  # fmt: skip
    session.has_first_interaction = True
    return known, cookie


def lacks(answer: Answer, scheme: str) -> list[str]:
    """What the answer does not tell the browser, or tells it wrongly."""
    cookies = [value.decode("latin-1") for name, value in answer.headers if name == b"set-cookie"]
    holds = {
        "policy": "frame-ancestors 'none'" in answer.header("content-security-policy"),
        "nosniff": answer.header("x-content-type-options") == "nosniff",
        "referrer": answer.header("referrer-policy") == "same-origin",
        "hsts": bool(answer.header("strict-transport-security")) == (scheme == "https"),
        "no-store": "json" not in answer.header("content-type") or "no-store" in answer.header("cache-control"),
        "cookies": all(("; Secure" in cookie) == (scheme == "https") for cookie in cookies),
        "cookies' site": all("; HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies),
    }
    return [name for name, is_so in holds.items() if not is_so]


async def main(folder: Path, count: int, *, is_away: bool) -> None:
    app = WholeApp(folder / "data", AUTH="password")
    known, cookie = await settle(app)
    if is_away:
        await app.take_database_away(folder)
    routes = list(app.server.app.router.routes)
    if is_away:  # an upload waits for half a minute, that it may be counted: too long for here
        routes = [route for route in routes if route.path != "/project/file"]
    generator = Generator(routes, known, cookie)
    private = re.compile("|".join(map(re.escape, (*PRIVATE, str(folder), os.getcwd()))))
    statuses, broken, told, bare, began = Counter[int](), list[str](), list[str](), list[str](), time.perf_counter()

    async def send(number: int) -> None:
        name, *request = generator.next()
        scheme = ("http", "https")[number % 2]
        try:
            answer: Answer = await asyncio.wait_for(app.ask(*request, scheme=scheme), 30)
        except Exception as error:
            broken.append(f"{number} {name}: {error!r} {str(request)[:300]}")
            return
        statuses[answer.status] += 1
        if answer.status >= 500 and (answer.status != 503 or not is_away) and name.split()[1] != "/health":
            broken.append(f"{number} {name}: {answer.status} {str(request)[:300]}")
        if private.search(answer.body.decode("utf-8", "replace")) and not answer.header("etag"):
            told.append(f"{number} {name}: {answer.body[:300]!r}")
        if missing := lacks(answer, scheme):
            bare.append(f"{number} {name}: {missing}")

    if is_away:  # what is to be written then waits for a while: all of it at once
        await asyncio.gather(*map(send, range(count)))
    for number in () if is_away else range(count):
        await send(number)
        if number % 100 == 0 and (await app.ask("GET", "/user", generator.cookie)).status != 200:
            generator.cookie = await app.log_in("anna", "anna's password")
    seconds = round(time.perf_counter() - began, 1)
    report = {"requests": count, "statuses": dict(sorted(statuses.items())), "seconds": seconds}
    sys.stdout.write(json.dumps(report | {"broken": broken, "told": told, "bare": bare}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the app's threads would hold it up


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), is_away="away" in sys.argv))
