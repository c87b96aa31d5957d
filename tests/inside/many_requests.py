"""A program: sends the whole app requests of all kinds, as somebody and as nobody, and prints what came back, as JSON.

`python many_requests.py FOLDER COUNT [away]`; with `away` the database is gone when they come. The routes are those of the app, so a new one is asked too. The requests are the
same each time.
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
from urllib.parse import quote, urlencode

from whole_app import Answer, Header, WholeApp

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND", "get", "")
ODD_SEGMENTS = (
    "", ".", "..", "%00", "a%00b", "%2e%2e", "%2E%2E%2F", "..%2F..%2Fetc%2Fpasswd", "..%5c..%5c", "%", "%zz", "%ff", "%c0%af",
    "%ed%a0%80", "%F0%9F%98%80", "%E6%B8%85", "%0d%0aSet-Cookie:a=b", "%0A", "%7f", "%1b[31m", "a" * 256, "a" * 4000,
    "%E6%B8%85" * 100, "*", "**", "[", "[!a]", "{x}", "~", "~root", "con", "nul", "-1", "0", "null", "None", "true",
    "NaN", "1e999", "99999999999999999999999", "undefined", "default", "favicon.svg", "style.css", "page.js", "page",
    "%2F", "%2Fetc%2Fpasswd", "//", "a/b/c", "a//b", "./a", "a/..", "a/../../../../app.py", ";x=1", "a;b", "'", "%22",
    "'%20OR%201=1--", "<script>", "%3Cscript%3E", "$%7B7*7%7D", "%252e%252e", "%u0041", " ", "+", "%20", "\\", "a:b", "json",
    "md", "github", "azure-ad-hybrid", "callback", "Qingtan", "http://evil.example/",
)  # fmt: skip
ODD_TARGETS = (
    "*", "", "http://localhost:8000/user", "http://evil.example/user", "https://[", "//evil.example/", "//", "///user", "/?",
    "/%", "/..", "/../../../app.py", "?x", "localhost:443", "http://", "/public/../.env", "/public/%2e%2e/%2e%2e/.env",
    "/ws/socket.io", "/ws/socket.io/", "/ws/socket.io/?EIO=4&transport=polling&sid=x", "/ws/socket.io/?EIO=3",
    "/ws/socket.io/?EIO=4&transport=polling&j=x", "/ws/socket.io/?EIO=4&transport=websocket", "/docs", "/redoc",
    "/openapi.json", "/docs/oauth2-redirect", "/.env", "/.git/config", "/import/", "/user/", "/login/callback",
)  # fmt: skip
ODD_TEXTS = (
    "", "a", "\0", "\ud800", "\udfff\ud800", "清谈", "😀", "x" * 300, "x" * 20_000, "../../x", "null", "1e400", "<b>", "\r\n",
    "\u202e", "' OR 1=1 --", "%00", "{}", "[]", "-1",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e308, [], {}, [[]], [None], {"": None}, {"a": {"b": [1]}}, [1] * 50, *ODD_TEXTS,
)  # fmt: skip
ODD_BODIES = (
    b"", b"{", b"[", b"null", b"1", b'"a"', b"[1]", b"\xff\xfe", b"\0", b"{}" * 2, b'{"a":NaN}', b'{"a":1e999}', b"[" * 5_000,
    b'{"a":' * 5_000, b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"\xef\xbb\xbf{}", b'{"sessionId":1,"sessionId":[]}', b"a=b&c",
    b"username=a&password=%00", b"username=%ED%A0%80&password=%FF", b"username", b"=&=&", b"&" * 2_000, b"a=" * 2_000,
    b"--b\r\n\r\n", b"--b", b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\0\xff\"\r\nContent-Type: a\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"chat\"; filename=\"\"\r\n\r\n{\"format\":\"qingtan-chat\"}\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"chat\"; filename=\"c\"\r\n\r\n[[[[\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", b"--b\r\nContent-Disposition: x\r\n\r\n\r\n--b--",
    b"--b\r\n\xff: \0\r\n\r\nx\r\n--b--\r\n", b"--b\r\n" * 300,
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain", "",
    "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data; boundary=b", "multipart/form-data",
    "multipart/form-data; boundary=b; charset=utf-7", "multipart/form-data; boundary=b; charset=punycode",
    "multipart/form-data; boundary=\"b", "multipart/form-data; boundary=", "multipart/mixed; boundary=b", "*/*", "a", ";",
    "application/x+json", "application/json\xff",
)  # fmt: skip
ODD_HEADERS = (
    ("range", "bytes=0-"), ("range", "bytes=-1"), ("range", "bytes=5-1"), ("range", "bytes=0-0,2-3,9-"), ("range", "x=1-2"),
    ("range", "bytes=" + "0-0," * 200), ("range", "bytes=99999999999999999999-"), ("range", "bytes=a-b"), ("range", ""),
    ("if-range", "\"x\""), ("if-none-match", "*"), ("if-none-match", "\"\xff"), ("if-modified-since", "x"), ("if-match", "*"),
    ("if-modified-since", "Thu, 99 Foo 9999 99:99:99 GMT"), ("if-unmodified-since", "0"), ("accept", "text/html"),
    ("accept", "*/*;q=x"), ("accept-language", "zh-CN"), ("accept-language", "\xff" * 50), ("accept-encoding", "gzip"),
    ("accept-encoding", "gzip;q=0, *"), ("content-length", "abc"), ("content-length", "-5"), ("content-length", "9" * 30),
    ("expect", "100-continue"), ("transfer-encoding", "chunked, x"), ("upgrade", "websocket"), ("connection", "upgrade"),
    ("origin", "http://evil.example"), ("origin", "null"), ("origin", "http://["), ("origin", "http://localhost:8000"),
    ("origin", "http://localhost:x"), ("origin", "\xff"), ("x-forwarded-host", "["), ("x-forwarded-proto", "gopher"),
    ("x-forwarded-for", "\xff, ::1"), ("forwarded", "for=\"[\""), ("host", ""), ("host", "["), ("host", "[::1]:x"),
    ("host", "localhost:99999999"), ("host", "a b"), ("host", "\xff"), ("host", "evil.example"), ("host", "localhost@x"),
    ("host", "localhost/../x"), ("host", "127.0.0.1:8000"), ("host", "::1"), ("host", "%00"), ("host", "a" * 5_000),
    ("authorization", "Bearer"), ("authorization", "Bearer a b"), ("authorization", "Basic \xff"), ("authorization", ""),
    ("authorization", "Bearer x.y.z"), ("authorization", "Bearer " + "a" * 5_000), ("sec-fetch-site", "cross-site"),
    ("access-control-request-method", "PUT"), ("x-http-method-override", "DELETE"), ("user-agent", "\xff" * 300),
)  # fmt: skip
ODD_COOKIES = (
    "access_token", "access_token=", "access_token=x", "access_token=a.b.c", "access_token=\xff", "access_token=\"",
    "access_token_0=a; access_token_1=b", "access_token=eyJhbGciOiJub25lIn0.e30.", "=", ";;;", "a=b; " * 300, "oauth_state=x",
    "access_token=null", "access_token=" + "a" * 5_000, "access_token=eyJhbGciOiJIUzI1NiJ9.W10.x", "X-Chainlit-Session-id=\xff",
)  # fmt: skip


class Generator:
    """Makes requests: for each route, what it expects, with some of it odd."""

    def __init__(self, routes: list[Any], known: dict[str, str], cookie: list[Header]) -> None:
        """`known` are ids of the person whose cookie it is, by the names of parameters."""
        self._random = Random(1)
        self._routes = routes
        self._known = known
        self._cookie = cookie

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
        headers = list(self._cookie) if chance.random() < 0.7 else []
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
        pairs = {
            "session_id": self._text("session_id"), "language": self._random.choice(("en-US", "zh-CN", *ODD_TEXTS)),
            "chat_profile": self._text("name"), "theme": self._random.choice(("dark", *ODD_TEXTS)), "page": "", "error": "x",
            "code": self._text("name"), "state": self._text("name"), "next": "/", "ask_parent_id": self._text("step_id"),
        }  # fmt: skip
        kept = {key: value for key, value in pairs.items() if self._random.random() < 0.5}
        text = urlencode(kept, errors="surrogatepass")
        return text if self._random.random() < 0.8 else text + self._random.choice(("&%00", "%", "&&==", "&a=%ff", "#x", "?"))

    def _body(self) -> bytes:
        if self._random.random() < 0.3:
            return self._random.choice(ODD_BODIES)
        known = self._known
        element = {"id": known["element_id"], "threadId": known["thread_id"], "forId": known["step_id"], "type": "custom",
                   "name": "Card", "display": "inline", "props": {"a": 1}, "mime": "text/plain"}  # fmt: skip
        whole = {
            "sessionId": known["session_id"], "session_id": known["session_id"], "threadId": known["thread_id"], "name": "x",
            "isShared": True, "feedbackId": known["feedback_id"], "element": element,
            "action": {"name": "export", "payload": {}, "id": "1", "label": "", "forId": known["step_id"], "tooltip": ""},
            "feedback": {"forId": known["step_id"], "value": 1, "comment": "x"}, "pagination": {"first": 20},
            "filter": {"search": "x"}, "clientType": "stdio", "fullCommand": "true", "url": "http://127.0.0.1:9/",
        }  # fmt: skip
        return json.dumps(self._spoilt(whole)).encode()

    def _form(self) -> bytes:
        """A form of one to three parts, each with something odd in its head or its content."""
        chance, parts = self._random, list[bytes]()
        for _ in range(chance.choice((1, 1, 2, 3))):
            name = chance.choice(("file", "chat", "username", "password", *ODD_TEXTS)).encode("utf-8", "surrogatepass")
            file = chance.choice((b"", b'; filename="a.txt"', b'; filename=""', b'; filename="\xff\\"', b"; filename*=utf-8''%ff"))
            kind = chance.choice((b"", b"Content-Type: text/plain\r\n", b"Content-Type: \xff\r\n", b"Content-Type:\r\n"))
            content = chance.choice((b"", b"x", *ODD_BODIES, b'{"format":"qingtan-chat","version":1,"chat":{}}'))
            parts.append(b'--b\r\nContent-Disposition: form-data; name="' + name + b'"' + file + b"\r\n" + kind + b"\r\n" + content)
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
    from chainlit.session import WebsocketSession  # noqa: PLC0415  # after the environment is set
    from people.passwords import Passwords  # noqa: PLC0415

    database, layer = app.app.keeper.database, app.app.keeper.layer
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
    from chainlit.types import Feedback  # noqa: PLC0415

    known["feedback_id"] = await layer.upsert_feedback(Feedback(forId="s1", value=1))

    async def nothing(*_: Any) -> None:
        """This page's connection: nobody reads it."""

    session = WebsocketSession(
        id=known["session_id"], socket_id="page", emit=nothing, emit_call=nothing, client_type="webapp", user_env={},
        user=user, token=cookie[0][1].decode(), thread_id=known["thread_id"], environ={},
    )  # fmt: skip
    session.has_first_interaction = True
    return known, cookie


async def main(folder: Path, count: int, *, is_away: bool) -> None:
    app = WholeApp(folder / "data", AUTH="password")
    known, cookie = await settle(app)
    if is_away:
        await app.take_database_away(folder)
    generator = Generator(app.server.app.router.routes, known, cookie)
    private = re.compile("|".join(map(re.escape, (str(folder), os.getcwd(), "127.0.0.1:9", "Traceback", "sqlalchemy", "sqlite",
                         "psycopg", "pydantic", "chainlit/", "site-packages", "SELECT ", "INSERT "))))  # fmt: skip
    statuses, broken, told, bare, began = Counter[int](), list[str](), list[str](), list[str](), time.perf_counter()
    for number in range(count):
        name, *request = generator.next()
        try:
            answer: Answer = await asyncio.wait_for(app.ask(*request), 10)
        except Exception as error:
            broken.append(f"{number} {name}: {error!r} {str(request)[:300]}")
            continue
        statuses[answer.status] += 1
        if answer.status >= 500 and (answer.status != 503 or not is_away) and name.split()[1] != "/health":
            broken.append(f"{number} {name}: {answer.status} {str(request)[:300]}")
        if private.search(answer.body.decode("utf-8", "replace")) and not answer.header("etag"):
            told.append(f"{number} {name}: {answer.body[:300]!r}")
        if "frame-ancestors 'none'" not in answer.header("content-security-policy"):
            bare.append(f"{number} {name}")
    seconds = round(time.perf_counter() - began, 1)
    report = {"requests": count, "statuses": dict(sorted(statuses.items())), "seconds": seconds}
    print(json.dumps(report | {"broken": broken, "told": told, "bare": bare}), flush=True)
    os._exit(0)  # the app's threads would hold it up


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), is_away="away" in sys.argv))
