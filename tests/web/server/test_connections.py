"""Connections that take their time, that are too many, or that send what no browser does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from tests.web.server.client import chunks, connect, request
from tests.web.server.conftest import SOON, Serve
from web.auth.attempts import network
from web.server.address_limit import AddressLimit, PerAddress

UPGRADE = (
    "connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def wait(request: Request) -> Response:
    """As a poll does: longer than any limit."""
    await asyncio.sleep(1)
    return PlainTextResponse("now")


async def tell_much(request: Request) -> Response:
    return PlainTextResponse("x" * 20_000_000)


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


def app(*middleware: Middleware) -> ASGIApp:
    methods = ["GET", "POST"]
    routes = [Route("/", read, methods=methods), Route("/wait", wait), Route("/much", tell_much)]
    return Starlette(routes=[*routes, WebSocketRoute("/ws", echo)], middleware=middleware)


UNFINISHED = [
        (b"", b""),
        (b"\r\n", b"408"),
        (b"G", b"408"),
        (b"GET / HTTP/1.1", b"408"),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", b"408"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nlong: ", b"408"),
        (request("GET", "/ws", *UPGRADE)[:-2], b"408"),  # a handshake that is never finished
        (request("POST", "/", body=b"x", length=100), b"408"),
        (request("POST", "/", length=100), b"408"),
        (request("POST", "/", "expect: 100-continue", length=100), b"100"),
        (request("POST", "/", "transfer-encoding: chunked", length=-1) + b"5\r\nhel", b"408"),
        (request("POST", "/", "transfer-encoding: chunked", length=-1) + b"5;ext=", b"408"),
        (request("POST", "/", "transfer-encoding: chunked", length=-1) + b"0\r\na: b\r\n", b"408"),
        (request("GET", "/", length=-1), b"200"),  # answered; then the connection rests, and is closed
        (request("GET", "/", length=-1) + b"G", b"200"),
        (request("POST", "/nowhere", body=b"x", length=100), b"404"),  # answered, and the rest never comes
        (b"\x16\x03\x01\x02\x00\x01", b"400"),  # TLS
        (b"GET / HTTP/1.1\r\nh: " + b"x" * 5000, b"431"),
        (b"GET /" + b"x" * 5000, b"431"),
        (request("GET", "/wait", length=-1) + request("GET", "/", length=-1) * 100, b"400"),
]  # fmt: skip


async def test_what_is_not_finished_is_ended(serve: Serve) -> None:
    port = await serve(app())

    async def status(sent: bytes) -> bytes:
        async with connect(port) as client:
            if sent:
                await client.send(sent)
            return b"".join((await client.closed()).split(b" ", 2)[1:2])

    found = await asyncio.gather(*(status(sent) for sent, _ in UNFINISHED))
    assert list(zip((sent for sent, _ in UNFINISHED), found, strict=True)) == UNFINISHED


@pytest.mark.parametrize("noise", [b"1;" + b"x" * 5000, b"0\r\n" + b"a: b\r\n" * 1000])
async def test_a_body_has_no_room_for_what_is_none(serve: Serve, noise: bytes) -> None:
    async with connect(await serve(app())) as client:
        await client.send(request("POST", "/", "transfer-encoding: chunked", "expect: 100-continue", length=-1))
        assert (await client.answer())[0] == 100  # so the rest does not come with it
        await client.send(chunks(b"hello", 5)[:-5] + noise)
        assert (await client.closed())[9:12] == b"431"


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n", request("POST", "/", length=10_000)])
async def test_a_byte_now_and_then_does_not_keep_it_open(serve: Serve, sent: bytes) -> None:
    async with connect(await serve(app())) as client:
        await client.send(sent)
        while await client.send(b"x"):
            await asyncio.sleep(0.02)


async def test_who_is_slow_but_goes_on_is_served(serve: Serve) -> None:
    slow = replace(SOON, bytes_a_s=100)
    async with connect(await serve(app(), slow)) as client:
        await client.send(request("POST", "/", length=1000))
        for _ in range(20):
            await client.send(b"x" * 50)
            await asyncio.sleep(0.02)
        assert await client.answer() == (200, b"1000")
        await client.send(request("POST", "/", "transfer-encoding: chunked", length=-1) + chunks(b"x" * 9000, 1))
        assert await client.answer() == (200, b"9000")
        await client.send(request("GET", "/wait", length=-1))
        assert await client.answer() == (200, b"now")
        await client.send(request("GET", "/", length=-1) * 3)
        assert [await client.answer() for _ in range(3)] == [(200, b"0")] * 3


async def test_who_does_not_read_is_cut_off_and_who_reads_is_not(serve: Serve) -> None:
    port = await serve(app())
    async with connect(port) as client, connect(port) as other:
        await client.send(request("GET", "/much", length=-1))
        await other.send(request("GET", "/much", length=-1))
        assert len((await other.answer())[1]) == 20_000_000
        await asyncio.sleep(0.5)  # the limit is 0.2 s
        assert len(await client.closed()) < 20_000_000


async def test_an_address_has_so_many_connections_and_others_have_theirs(serve: Serve) -> None:
    port = await serve(app(), replace(SOON, head_s=5), most=3, proxies=("127.0.0.9",))
    async with AsyncExitStack() as opened:

        async def ask(source: str) -> int:
            client = await opened.enter_async_context(connect(port, source))
            await client.send(request("GET", "/", length=-1))
            return (await client.answer())[0]

        sockets = [await opened.enter_async_context(connect(port, "127.0.0.2")) for _ in range(3)]
        for one in sockets:
            await one.send(request("GET", "/ws", *UPGRADE, length=-1))
            assert (await one.answer())[0] == 101
        assert [await ask("127.0.0.2") for _ in range(2)] == [429, 429]
        assert [await ask("127.0.0.3") for _ in range(4)] == [200, 200, 200, 429]
        assert [await ask("127.0.0.9") for _ in range(5)] == [200] * 5  # a proxy
        await sockets[0].send(b"\x88\x80\0\0\0\0")  # leaves
        await sockets[0].closed()
        assert await ask("127.0.0.2") == 200


async def test_all_together_have_so_many(serve: Serve) -> None:
    port = await serve(app(), replace(SOON, in_all=2, head_s=5), proxies=("127.0.0.1",))
    async with connect(port), connect(port), connect(port) as third:
        assert (await third.closed()).startswith(b"HTTP/1.1 429")


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"])
async def test_those_behind_a_proxy_are_counted_too(address: str) -> None:
    answers: list[Any] = []
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await go_on.wait()

    async def send(message: Any) -> None:
        answers.append(message.get("status"))

    limited = PerAddress(slow, AddressLimit(2, network, lambda address: address == "127.0.0.1"))

    def ask(host: str) -> asyncio.Task[None]:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (host, 1), "query_string": b""}
        nothing: Any = None
        return asyncio.create_task(limited(scope, nothing, send))

    asked = [ask(address), ask(address), *(ask("127.0.0.1") for _ in range(5)), ask("198.51.100.1")]
    await asyncio.sleep(0)
    assert answers == []
    await ask(address)
    assert answers[0] == 429
    go_on.set()
    await asyncio.gather(*asked)
    await ask(address)
    assert len(answers) == 2  # of the one refusal: its head and its body


async def test_a_websocket_of_pieces_without_end_is_closed(serve: Serve) -> None:
    async with connect(await serve(app())) as client:
        await client.send(request("GET", "/ws", *UPGRADE, length=-1))
        assert (await client.answer())[0] == 101
        hello = b"\x01\x85\0\0\0\0hello"
        await client.send(hello + b"\0\x80\0\0\0\0" * 900 + b"\x80\x80\0\0\0\0")
        assert await client.exactly(7) == b"\x81\x05hello"
        await client.send(hello + b"\0\x80\0\0\0\0" * 2000)
        assert await client.closed() == b""
