"""What of a page's events comes through, and how often: over a real server, with a client that sends what it likes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from chainlit import server
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.server.conftest import Serve
from web.server.event_limit import EventLimit, EventLimits
from web.server.packets import LONG_CHARS, SETTINGS_CHARS, SHORT_CHARS, judge

QUICK = EventLimits(burst=5, a_second=0.001, dropped=20, sockets=3, openings=6, long_burst=100_000, long_a_second=1)
END = '42["stop"]'  # the last of what a test sends


def event(name: str, *data: Any, number: str = "") -> str:
    return f"42{number}{json.dumps([name, *data], separators=(',', ':'))}"


def said(text: str) -> str:
    return event("client_message", {"message": {"id": "1", "output": text}, "fileReferences": []})


@pytest.mark.parametrize(
    ("packet", "right"),
    [
        (said("hello"), "take"),
        (event("stop"), "take"),
        (event("stop", number="12"), "take"),
        (event("edit_message", {}), "take"),
        (event("connection_successful"), "take"),
        ('40{"sessionId":"x"}', "take"),
        ("40", "take"),
        ("41", "take"),
        ("431[]", "take"),
        ("3", "take"),
        ("2probe", "take"),
        ("5", "take"),
        ("", "drop"),
        ("2", "drop"),
        ("6", "drop"),  # engine.io ends the session over them
        ("0", "drop"),
        ("2" + "x" * 1000, "drop"),
        ("3[[[[", "drop"),
        ("4", "drop"),
        ("4[[[[", "drop"),  # engine.io would read it as JSON
        ("4" + "[" * 1_000_000, "drop"),
        ("7", "drop"),
        ("b" + "QUFB" * 1000, "drop"),  # base64
        ("40/admin,", "drop"),
        ("40/admin,{}", "drop"),
        ('42/admin,["stop"]', "drop"),
        ("41/admin,", "drop"),
        ("44{}", "drop"),
        ('451-["audio_chunk",{"_placeholder":true,"num":0}]', "drop"),
        ('42999999999-["stop"]', "drop"),
        ('4299999999999["stop"]', "drop"),
        ('42\u00b2["stop"]', "drop"),
        ('42\u0663["stop"]', "drop"),
        ("461-1[]", "drop"),
        ('42["no_such_event"]', "drop"),
        ('42["connect",{},{"sessionId":"x"}]', "drop"),
        ('42["disconnect"]', "drop"),
        ('42["__class__"]', "drop"),
        ('42["stop', "drop"),
        ('42["stop"', "drop"),
        ('42["stop"x]', "drop"),
        ('42[["stop"]]', "drop"),
        ('42{"stop":1}', "drop"),
        ("42[]", "drop"),
        ("42", "drop"),
        ('42["\\u0073top"]', "drop"),
        (said("x" * 4_000_000), "take"),
        (said("字" * 800_000), "take"),
        (said('["\\' * 300_000), "take"),  # what JSON is made of, in a text
        (said("line\n" * 700_000), "take"),
        (event("window_message", {"ask": "x" * 1_000_000}), "take"),
        (event("chat_settings_change", {"system_prompt": "x" * 300_000}), "take"),
        (said("x" * LONG_CHARS), "too_large"),
        (event("chat_settings_change", {"system_prompt": "x" * SETTINGS_CHARS}), "too_large"),
        (event("stop", "x" * SHORT_CHARS), "too_large"),
        (event("message_favorite", "x" * SHORT_CHARS), "too_large"),
        ("40" + json.dumps({"sessionId": "x" * SHORT_CHARS}), "too_large"),
        ("431[" + "1," * SHORT_CHARS, "too_large"),
        ("42[\"client_message\"," + "[],"* 1_000_000 + "[]]", "too_large"),
        ("42[\"client_message\"," + "[" * 1_000_000, "too_large"),
        ("42[\"client_message\"," + "1" * 1_000_000, "too_large"),
        ("42[\"client_message\"," + '"",' * 1_000_000 + '""]', "too_large"),
        ("42[\"client_message\"," + '"\\\\",[],' * 100_000 + '""]', "too_large"),
        ("42[\"client_message\"," + '{"":' * 100_000, "too_large"),
        ("42[\"client_message\"," + " " * 1_000_000 + "1]", "too_large"),
    ],
)  # fmt: skip
def test_a_packet_is_judged_by_its_looks(packet: str, right: str) -> None:
    assert judge(packet) == right


def test_what_is_taken_is_read_in_no_time() -> None:
    """The longest of the worst: what is taken has few values, whatever it is."""
    worst = '42["client_message",' + "[]," * 6000 + json.dumps("x" * (LONG_CHARS - 30_000)) + "]"
    assert judge(worst) == "take"
    started = time.process_time()
    server.sio.packet_class(encoded_packet=worst[1:])
    assert time.process_time() - started < 0.5


async def who(connection: HTTPConnection) -> str | None:
    return connection.cookies.get("name")


class Hearer:
    """Behind the limit, in engine.io's place: keeps what comes through."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ended: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.heard.append((await Request(scope, receive).body()).decode())
            await PlainTextResponse("ok")(scope, receive, send)
            return
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                self.heard.append(message.get("text") or "binary")
                if self.heard[-1] == END:
                    await socket.send_text("heard")
        except WebSocketDisconnect:
            pass
        self.ended.append(message["code"])


@asynccontextmanager
async def page(
    port: int, name: str = "anna", language: str = "en-US", sid: str = ""
) -> AsyncIterator[ClientConnection]:
    headers = {"Cookie": f"name={name}", "Accept-Language": language}
    query = f"EIO=4&transport=websocket{sid and f'&sid={sid}'}"
    async with connect_websocket(
        f"ws://127.0.0.1:{port}/ws/socket.io/?{query}", additional_headers=headers, max_size=None
    ) as one:
        yield one


@pytest.fixture
async def hearer() -> Hearer:
    return Hearer()


async def limited(serve: Serve, hearer: ASGIApp, limits: EventLimits = QUICK) -> int:
    return await serve(EventLimit(hearer, who, limits))


async def test_what_is_nothing_of_ours_never_comes_through(serve: Serve, hearer: Hearer) -> None:
    async with page(await limited(serve, hearer, EventLimits())) as one:
        for packet in ("40{}", said("hi"), '42["nothing"]', "4[[", b"binary", '451-["stop",{}]', said("y"), END):
            await one.send(packet)
        assert await one.recv() == "heard"
    assert hearer.heard == ["40{}", said("hi"), said("y"), END]


@pytest.mark.parametrize(("language", "told"), [("en-US", "too large"), ("zh-CN", "内容太大")])
async def test_what_is_too_large_is_told_in_the_page_once(
    serve: Serve, hearer: Hearer, language: str, told: str
) -> None:
    async with page(await limited(serve, hearer, EventLimits()), language=language) as one:
        for packet in (said("x" * LONG_CHARS), event("stop", "x" * 20_000), END):
            await one.send(packet)
        name, data = json.loads((await one.recv())[2:])
        assert (name, data["type"], told in data["message"]) == ("toast", "warning", True)
        assert await one.recv() == "heard"
    assert hearer.heard == [END]


async def test_too_many_are_left_out_and_far_too_many_end_the_connection(serve: Serve, hearer: Hearer) -> None:
    async with page(await limited(serve, hearer)) as one:
        with suppress(ConnectionClosed):
            for number in range(1000):
                await one.send(said(str(number)))
        await one.wait_closed()
    assert hearer.heard == [said(str(number)) for number in range(QUICK.burst)]
    assert hearer.ended == [1008]


async def test_long_texts_have_a_rate_of_their_own_over_all_pages_of_a_person(serve: Serve, hearer: Hearer) -> None:
    port, long = await limited(serve, hearer), said("x" * 60_000)
    for name, comes_through in (("anna", True), ("anna", False), ("bob", True), ("", True), ("", True)):
        hearer.heard.clear()
        async with page(port, name) as one:
            await one.send(long)
            await one.send(END)
            while await one.recv() != "heard":
                pass
        assert hearer.heard == ([long] if comes_through else []) + [END]


async def test_nobody_gets_no_connection_and_a_person_so_many(serve: Serve, hearer: Hearer) -> None:
    port = await limited(serve, hearer)
    with pytest.raises(InvalidStatus) as refused:
        async with connect_websocket(f"ws://127.0.0.1:{port}/ws/socket.io/?EIO=4&transport=websocket"):
            pass
    assert refused.value.response.status_code == 401
    async with AsyncExitStack() as opened:
        for _ in range(QUICK.sockets):
            await opened.enter_async_context(page(port))
        with pytest.raises(InvalidStatus) as refused:
            await opened.enter_async_context(page(port))
        assert refused.value.response.status_code == 429
        for name in ("bob", *[""] * 10):  # another one; and people who cannot be told apart
            await opened.enter_async_context(page(port, name))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Cookie": "name=carl"}) as http:
        asked = [(await http.get("/ws/socket.io/?EIO=4&transport=polling")).status_code for _ in range(8)]
        assert asked == [200] * QUICK.openings + [429] * 2
        assert (await http.get("/ws/socket.io/?EIO=4&transport=polling&sid=x")).status_code == 200


async def test_a_page_that_never_says_which_chat_it_shows_is_closed(serve: Serve, hearer: Hearer) -> None:
    port = await limited(serve, hearer, replace(QUICK, connect_s=0.2))
    async with page(port) as silent, page(port) as other:
        await other.send("40{}")
        with pytest.raises(ConnectionClosed):
            await silent.recv()
        await other.send(END)
        assert await other.recv() == "heard"


async def test_what_is_polled_has_the_same_limits(serve: Serve, hearer: Hearer) -> None:
    port = await limited(serve, hearer)
    asked = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Cookie": "name=anna"}) as http:
        for packets in (
            ["40{}", said("hi")],
            ['42["nothing"]', "4[[", said("ho")],
            ["bQUFB"],
            ['d=42["stop"]'],
            [event("stop", "x" * 20_000)],
            [said(str(number)) for number in range(10)],
        ):
            answer = await http.post("/ws/socket.io/?EIO=4&transport=polling&sid=x", content="\x1e".join(packets))
            asked.append(answer.status_code)
        assert (await http.post("/ws/socket.io/", headers={"Cookie": "x=y"}, content="40")).status_code == 401
    assert asked == [200, 200, 200, 200, 413, 429]
    assert hearer.heard == [f"40{{}}\x1e{said('hi')}", said("ho"), "", ""]


async def test_two_who_wait_do_not_hinder_each_other(serve: Serve, hearer: Hearer) -> None:
    """What one is refused, the other is not."""
    port = await limited(serve, hearer)
    async with page(port) as hostile, page(port, "bob") as bob:
        for _ in range(10):
            await hostile.send(said("x"))
        await bob.send(END)
        async with asyncio.timeout(2):
            assert await bob.recv() == "heard"
