"""Whose bodies are read, and how much of them: over a real server, with requests that no browser would send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chainlit import server
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.web.server.client import chunks, connect, request
from tests.web.server.conftest import Serve
from web.server import body_limit
from web.server.body_limit import BODY_BYTES, OPEN_BYTES, BodyLimit

ANNA = "cookie: name=anna"
CHUNKED = "transfer-encoding: chunked"


async def who(connection: HTTPConnection) -> str | None:
    return connection.cookies.get("name")


@pytest.fixture
async def read() -> list[int]:
    """How much of each request's body the app was given."""
    return []


@pytest.fixture
async def port(serve: Serve, read: list[int]) -> int:
    async def count(request: Request) -> Response:
        read.append(0)
        async for piece in request.stream():
            read[-1] += len(piece)
        return JSONResponse({"read": read[-1]})

    async def answer_at_once(request: Request) -> Response:
        return PlainTextResponse("no")

    body_limit.allow("POST", "/small", 1000, lambda request: PlainTextResponse("at most 1 kB", 413))
    body_limit.allow("POST", "/early", 300_000)
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    routes = [Route("/early", answer_at_once, methods=methods), Route("/{path:path}", count, methods=methods)]
    return await serve(Starlette(routes=routes, middleware=[Middleware(BodyLimit, who=who)]))


async def status(port: int, *asked: Any, **body: Any) -> int:
    async with connect(port) as client:
        await client.send(request(*asked, **body))
        return (await client.answer())[0]


# Method, path, headers, length of the body, and the answer.
CASES: list[tuple[str, str, tuple[str, ...], int, int]] = [
    ("PUT", "/project/thread", (), 100, 401),  # nobody
    ("PUT", "/project/thread", ("cookie: name=",), 100, 200),  # somebody without a login, where there is none
    ("DELETE", "/project/thread", (), 100, 401),
    ("PATCH", "/nowhere", (), 100, 401),
    ("POST", "/import", ("accept: text/html",), 100, 303),
    ("POST", "/import", (), 100, 401),
    ("POST", "/small", (), 100, 401),
    ("POST", "/loginx/../project", (), 100, 200),  # no route has this name
    ("POST", "/project/login", (), 100, 401),
    ("PUT", "/project/thread", (ANNA,), BODY_BYTES, 200),
    ("PUT", "/project/thread", (ANNA,), BODY_BYTES + 1, 413),
    ("PUT", "/project/thread", (ANNA,), 2_000_000, 413),
    ("POST", "/small", (ANNA,), 1000, 200),
    ("POST", "/small", (ANNA,), 1001, 413),
    ("PUT", "/small", (ANNA,), 1001, 200),  # the limit is of the other method
    ("POST", "/small/", (ANNA,), 1001, 200),  # and of this path alone
    ("POST", "/login", (), OPEN_BYTES, 200),
    ("POST", "/login", (), 900_000, 413),
    ("POST", "/login", (ANNA,), 900_000, 413),
    ("POST", "/auth/jwt", (), 100_000, 413),
    ("GET", "/login", (), 100_000, 413),
    ("GET", "/", (), 0, 200),
    ("POST", "/project/thread", (), 0, 200),  # no body: its route says who may
    ("PUT", "/project/thread", (ANNA, "content-encoding: gzip"), 100, 415),
    ("PUT", "/project/thread", (ANNA, "content-encoding: identity"), 100, 200),
    ("POST", "/login", ("content-encoding: deflate",), 100, 415),
]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_is_taken_from_whom_one_knows_and_up_to_its_limit(
    port: int, read: list[int], is_chunked: bool
) -> None:
    for case in CASES:
        method, path, fields, count, right = case
        body = b"x" * count
        if is_chunked and body:
            found = await status(port, method, path, *fields, CHUNKED, body=chunks(body, 7000), length=-1)
        else:
            found = await status(port, method, path, *fields, body=body)
        assert (case, found) == (case, right)
        own = body_limit._own.get((method, path))
        assert sum(read) <= (own.max_bytes if own else BODY_BYTES)
        assert not read or right in (200, 413)
        read.clear()


async def test_an_answer_comes_before_the_body_has(port: int, read: list[int]) -> None:
    for fields, right in (((), 401), ((ANNA,), 413)):
        async with connect(port) as client:
            await client.send(request("PUT", "/project/thread", *fields, body=b"[", length=100_000_000))
            assert (await client.answer())[0] == right
    assert read == []


async def test_what_is_too_long_is_said_in_the_browsers_language_or_as_its_route_does(port: int) -> None:
    async with connect(port) as client:
        for language, told in (("zh-CN,zh;q=0.9", "这个请求超过了 50 kB"), ("en-US", "larger than 50 kB")):
            await client.send(request("PUT", "/x", ANNA, f"accept-language: {language}", body=b"x" * 300_000))
            assert told in json.loads((await client.answer())[1])["detail"]  # over one connection: all was drained
        await client.send(request("POST", "/small", ANNA, body=b"x" * 1001))
        assert await client.answer() == (413, b"at most 1 kB")


async def test_whoever_knows_no_end_is_read_to_a_bound_and_closed(port: int) -> None:
    """The rest of a refused body passes by, so that a browser reads the answer, but not without an end."""
    async with connect(port) as client:
        await client.send(request("PUT", "/project/thread", length=100_000_000))
        sent = 0
        while await client.send(b"x" * 100_000):
            sent += 100_000
        assert sent < 20_000_000  # the system's buffers; the server took 200 kB of it
    async with connect(port) as client:
        await client.send(request("POST", "/early", ANNA, "connection: close", body=b"x" * 200_000))
        assert await client.answer() == (200, b"no")  # nobody read the body, and it hinders no answer
        assert await client.closed() == b""


async def test_a_body_that_ends_early_is_no_failure(port: int, read: list[int]) -> None:
    async with connect(port) as client:
        await client.send(request("PUT", "/project/thread", ANNA, body=b"x", length=1000))
    assert await status(port, "GET", "/") == 200  # and no error in the server, which would end the test


def test_the_routes_for_nobody_are_the_logins() -> None:
    """A new route of Chainlit's that takes a body is for who is logged in, unless it is named here."""
    found = {
        f"{method} {route.path}"
        for route in server.app.routes
        for method in getattr(route, "methods", None) or ()
        if method not in ("GET", "HEAD", "OPTIONS") and route.path.startswith(body_limit.OPEN_PATHS)
    }
    assert found == {
        "POST /login", "POST /logout", "POST /auth/jwt", "POST /auth/header",
        "POST /auth/oauth/azure-ad-hybrid/callback",
    }  # fmt: skip
