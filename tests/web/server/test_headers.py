"""What answers tell the browser beside their content; that all of the app's do, is in tests/inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from web.server.headers import HSTS, POLICY, Headers, complete


def completed(path: str = "/user", *, is_encrypted: bool = False, **given: str) -> MutableHeaders:
    headers = MutableHeaders({name.replace("_", "-"): value for name, value in given.items()})
    complete(headers, path, is_encrypted=is_encrypted)
    return headers


@pytest.mark.parametrize(
    ("own", "whole"),
    [
        (None, f"{POLICY}; frame-ancestors 'none'"),
        ("sandbox; default-src 'none'", "sandbox; default-src 'none'; frame-ancestors 'none'"),
        ("default-src 'none'; frame-ancestors 'self'", "default-src 'none'; frame-ancestors 'self'"),
    ],
)
def test_an_answers_own_policy_stays_and_nobody_may_frame_it(own: str | None, whole: str) -> None:
    given = {"content_security_policy": own} if own else {}
    assert completed(**given).getlist("content-security-policy") == [whole]


@pytest.mark.parametrize(
    ("path", "kind", "own", "kept"),
    [
        ("/user", "application/json", None, "no-store"),
        ("/project/thread/x", "application/json", None, "no-store"),
        ("/kept/x/y", "image/png", None, "no-store"),
        ("/chats/x/export.md", "text/markdown; charset=utf-8", None, "no-store"),
        ("/public", "application/json", None, "no-store"),
        ("/logout", "text/plain", None, "no-store"),
        ("/assets/none.js", "application/json", None, "no-store"),  # that there is no such file
        ("/public/style.css", "text/css", None, None),
        ("/assets/index.js", "text/javascript", None, None),
        ("/favicon", "image/svg+xml", None, None),
        ("/", "text/html; charset=utf-8", None, None),
        ("/user", "application/json", "private, max-age=1", "private, max-age=1"),
    ],
)  # fmt: skip
def test_what_is_a_persons_own_is_kept_nowhere(path: str, kind: str, own: str | None, kept: str | None) -> None:
    given = {"cache_control": own} if own else {}
    assert completed(path, content_type=kind, **given).get("cache-control") == kept


@pytest.mark.parametrize(
    ("cookie", "plain", "encrypted"),
    [
        ("access_token=x; HttpOnly; Path=/; SameSite=lax", "", "; Secure"),
        ("access_token_0=x; HttpOnly; Path=/; SameSite=lax", "", "; Secure"),
        ("oauth_state=x; HttpOnly; Max-Age=180; Path=/; SameSite=lax", "", "; Secure"),
        ('oauth_state=""; Max-Age=0; Path=/; SameSite=lax', "; HttpOnly", "; HttpOnly; Secure"),
        ("a=b", "; HttpOnly; SameSite=lax", "; HttpOnly; SameSite=lax; Secure"),
        ("a=Secure", "; HttpOnly; SameSite=lax", "; HttpOnly; SameSite=lax; Secure"),
        ("a=b; secure; httponly; samesite=none", "", ""),
    ],
)
def test_cookies_are_for_this_page_alone_and_with_tls_for_tls_alone(cookie: str, plain: str, encrypted: str) -> None:
    assert completed(set_cookie=cookie).getlist("set-cookie") == [cookie + plain]
    assert completed(set_cookie=cookie, is_encrypted=True).getlist("set-cookie") == [cookie + encrypted]


def test_two_cookies_stay_two() -> None:
    headers = MutableHeaders(raw=[(b"set-cookie", b"a=1; Path=/"), (b"x", b"y"), (b"set-cookie", b"b=2")])
    complete(headers, "/", is_encrypted=False)
    assert [one.partition(";")[0] for one in headers.getlist("set-cookie")] == ["a=1", "b=2"]


@pytest.mark.parametrize(("is_encrypted", "told"), [(True, HSTS), (False, None)])
def test_a_browser_is_held_to_tls_only_if_it_came_by_it(is_encrypted: bool, told: str | None) -> None:
    assert completed(is_encrypted=is_encrypted).get("strict-transport-security") == told


async def test_a_stream_comes_piece_by_piece_and_a_websocket_as_it_is() -> None:
    passed, open_pieces = list[str](), list[bytes]()

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b"):
            yield piece

    async def stream(request: Request) -> Response:
        return StreamingResponse(pieces())

    async def page(request: Request) -> Response:
        return HTMLResponse("x") if "html" in request.url.path else JSONResponse({})

    app = Headers(Starlette(routes=[Route("/stream", stream), Route("/{any}", page)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://x") as http:
        answer = await http.get("/stream")
        assert (answer.content, answer.headers["x-content-type-options"]) == (b"ab", "nosniff")
        assert (await http.get("/html")).headers["strict-transport-security"] == HSTS

    async def send(message: Any) -> None:
        open_pieces.append(message.get("body", b""))
        passed.append(message["type"])

    async def receive() -> Any:
        raise AssertionError("nobody reads here")

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "headers": []})

    await Headers(socket)({"type": "websocket", "path": "/ws"}, receive, send)
    assert passed == ["websocket.accept"]
