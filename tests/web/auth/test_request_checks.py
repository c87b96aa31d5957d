"""Host and Origin of a request: right names, ports and proxies pass, at Chainlit's own server."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from chainlit.config import config
from starlette.responses import PlainTextResponse
from starlette.types import Message

from tests.web.auth.house import House
from web.server.host_and_origin import HostAndOriginCheck

MACHINE = socket.gethostname()
HEADER = "X-Forwarded-User"


@pytest.mark.parametrize(("auth", "allowed", "host", "status"), [
    ("header", None, "localhost", 200), ("header", None, "127.0.0.1:8000", 200), ("header", None, "[::1]:8000", 200),
    ("header", None, "evil.example", 421), ("header", None, "localhost.evil.example", 421),
    ("header", "chat.example.com", "chat.example.com", 200), ("header", "chat.example.com", "CHAT.example.com", 200),
    ("header", "chat.example.com", "evil.example", 421), ("header", "*", "evil.example", 200),
    ("none", None, "evil.example", 421), ("password", None, "chat.example.com", 401),
    ("none", None, "localhost:1", 200), ("none", None, "LOCALHOST:8000", 200), ("none", None, "chat.localhost", 200),
    ("none", None, MACHINE, 200), ("none", None, f"{MACHINE}.local:8000", 200), ("none", None, "192.0.2.7", 200),
    ("none", None, "[2001:db8::1]", 200), ("none", None, "notlocalhost", 421),
    ("none", None, "127.0.0.1.evil.example", 421), ("none", None, "evil.example:8000", 421),
    ("none", None, "localhost@evil.example", 421), ("none", None, "", 421), ("none", None, "[::1", 400),
    ("none", None, "localhost:x", 400), ("none", "a.example, B.example", "b.example:444", 200),
    ("none", "a.example", "localhost", 200), ("none", "a.example", "sub.a.example", 421),
    ("password", "a.example", "evil.example", 421), ("password", "a.example", "a.example", 401),
    ("password", "*", "evil.example", 401),
])  # fmt: skip
async def test_hosts_are_checked_if_no_cookie_is_needed_or_names_are_given(
    house: House, auth: str, allowed: str | None, host: str, status: int
) -> None:
    house.let_in_by(auth, header=HEADER, hosts=allowed)
    given = await house.browser(**{HEADER: "anna"}).http.get("/user", headers={"Host": host})
    assert given.status_code == status
    if status == 421:
        assert "ALLOWED_HOSTS=" in given.text
        assert "本应用不以" in given.text


@pytest.mark.parametrize(("origin", "peer", "forwarded", "status"), [
    (None, "127.0.0.1", None, 200), ("http://localhost:8000", "127.0.0.1", None, 200),
    ("https://localhost:8000", "127.0.0.1", None, 200),  # a proxy may have taken the TLS away
    ("http://localhost", "127.0.0.1", None, 403), ("http://localhost:8001", "127.0.0.1", None, 403),
    ("http://127.0.0.1:8000", "127.0.0.1", None, 403), ("http://evil.example", "127.0.0.1", None, 403),
    ("http://localhost:8000.evil.example", "127.0.0.1", None, 403), ("null", "127.0.0.1", None, 403),
    ("", "127.0.0.1", None, 403), ("http://[::1", "127.0.0.1", None, 403),
    ("http://anna@localhost:8000", "127.0.0.1", None, 403),
    ("https://chat.example.com", "127.0.0.1", "chat.example.com", 200),
    ("https://chat.example.com:444", "127.0.0.1", "chat.example.com", 403),
    ("http://localhost:8000", "127.0.0.1", "chat.example.com", 200),
    ("http://evil.example", "127.0.0.1", "chat.example.com", 403),
    ("http://evil.example", "192.0.2.7", "evil.example", 403),  # which no proxy says
    ("https://friend.example", "127.0.0.1", None, 200), ("https://friend.example:444", "127.0.0.1", None, 403),
])  # fmt: skip
async def test_another_sites_script_may_not_call(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    origin: str | None,
    peer: str,
    forwarded: str | None,
    status: int,
) -> None:
    monkeypatch.setattr(config.project, "allow_origins", ["https://friend.example"])
    house.let_in_by("none")
    headers = {"Host": "localhost:8000", "Origin": origin, "X-Forwarded-Host": forwarded}
    said = {name: value for name, value in headers.items() if value is not None}
    browser = house.browser(peer)
    for method, path in (("GET", "/user"), ("POST", "/auth/header"), ("GET", "/ws/socket.io/?EIO=4&transport=polling")):
        given = await browser.http.request(method, path, headers=said)
        assert given.status_code == status, path
        assert (given.text == f"The site {origin!r} may not call this app.\n") == (status == 403)


@pytest.mark.parametrize(
    ("kind", "headers", "answered"),
    [
        ("websocket", [(b"host", b"localhost"), (b"origin", b"http://localhost")], "the app"),
        ("websocket", [(b"host", b"localhost"), (b"origin", b"http://evil.example")], "The site"),
        ("websocket", [(b"host", b"evil.example")], "does not answer"),
        ("lifespan", [], "the app"),
    ],
)
async def test_a_websocket_is_checked_as_a_request_is_and_a_start_is_not(
    kind: str, headers: list[tuple[bytes, bytes]], answered: str
) -> None:
    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    nothing: Any = None
    check = HostAndOriginCheck(PlainTextResponse("the app"), frozenset({"localhost"}))
    scope = {"type": kind, "path": "/ws/socket.io", "headers": headers, "extensions": {"websocket.http.response": {}}}
    await check(scope, nothing, send)
    assert answered in b"".join(one.get("body", b"") for one in sent).decode()
