"""Which requests are looked at, which shapes of bodies are taken, and which addresses are nowhere."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from chainlit import config, server
from fastapi.exceptions import RequestValidationError

from web.server import bodies, unused
from web.server.wellformed import is_wellformed


def asked(path: str, query: bytes = b"", **headers: str) -> dict[str, Any]:
    named = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    return {"type": "http", "scheme": "http", "path": path, "query_string": query, "headers": raw, "root_path": ""}


@pytest.mark.parametrize(
    ("scope", "is_sound"),
    [
        (asked("/"), True),
        (asked("/thread/0d0d0d0d-0000-4000-8000-000000000001", b"a=%E6%B8%85"), True),
        (asked("/public/清谈 😀.css"), True),
        (asked("/" + "a" * 255), True),
        (asked("/", host="[::1]:8000", content_length="0"), True),
        (asked("/", host=""), True),
        (asked("/a\0b"), False),
        (asked("/", b"session_id=%00"), False),
        (asked("/" + "a" * 256), False),
        (asked("/" + "清" * 86), False),
        (asked("/", host="["), False),
        (asked("/", host="localhost:x"), False),
        (asked("/", host="[::1"), False),
        (asked("/", host="[x]"), False),
        (asked("/", host="localhost:99999999"), False),
        (asked("/", content_length="abc"), False),
        (asked("/", content_length="-5"), False),
        (asked("/", content_length="\xb2"), False),
        (asked("/", content_length="9" * 30), False),
    ],
)  # fmt: skip
def test_what_nothing_here_can_be_called_is_not_looked_at(scope: dict[str, Any], is_sound: bool) -> None:
    assert is_wellformed(scope) == is_sound


ELEMENT = {"id": "e", "name": "Card", "type": "custom", "display": "inline"}
ACTION = {"name": "export", "payload": {}}


@pytest.mark.parametrize(
    "body", [{}, {"element": ELEMENT | {"props": {}, "mime": 1}}, {"action": ACTION | {"more": 1}}]
)
def test_an_element_and_an_action_of_the_page_are_taken(body: dict[str, Any]) -> None:
    bodies.check(body)


@pytest.mark.parametrize(
    "body",
    [
        *({"element": {key: value for key, value in ELEMENT.items() if key != gone}} for gone in ELEMENT),
        *({"element": ELEMENT | {key: value}} for key in ELEMENT for value in (1, None, [], {})),
        *({"element": ELEMENT | {"props": value}} for value in (1, [], "x")),
        {"element": ELEMENT | {"id": "e" * 256}},
        *({"action": {key: value for key, value in ACTION.items() if key != gone}} for gone in ACTION),
        *({"action": ACTION | {key: value}} for key in (*ACTION, "label", "id") for value in (1, None, [])),
        {"element": []},
        {"action": "x"},
    ],
)
def test_what_is_no_element_and_no_action_is_refused_before_chainlit_takes_it(body: dict[str, Any]) -> None:
    with pytest.raises(RequestValidationError):
        bodies.check(body)


NOTHING_HERE = (404, {"detail": "这个地址没有内容。"})


async def test_nothing_tells_of_the_server_what_a_visitor_has_no_use_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.app.router, "routes", list(server.app.router.routes))
    unused.install()
    unused.install()  # as a hot reload does
    app = httpx.ASGITransport(app=server.app)
    async with httpx.AsyncClient(transport=app, base_url="http://localhost", headers={"Accept-Language": "zh"}) as http:
        for path in ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()) == NOTHING_HERE
        tool_server = {"sessionId": "s", "name": "x", "clientType": "stdio", "fullCommand": "ls"}
        for method in ("POST", "DELETE"):
            answer = await http.request(method, "/mcp", json=tool_server)
            assert (answer.status_code, answer.json()) == NOTHING_HERE
        taken = await http.post("/set-session-cookie", content=b"{")
        assert (taken.status_code, "set-cookie" in taken.headers) == (200, False)


def test_tool_servers_of_a_browsers_own_are_off() -> None:
    mcp = config.config.features.mcp
    assert (mcp.enabled, mcp.servers, mcp.user_servers.enabled) == (False, [], False)
