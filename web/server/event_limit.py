"""Limit of a page's events: how large and how many a second, looked at before anything reads them. Knows no meaning."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache
from chainlit import server
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.server.answers import ask_to_log_in, in_words, is_chinese, too_many_pages
from web.server.body_limit import Who, allow
from web.server.chainlit_internals import replace
from web.server.packets import LONG_CHARS, SHORT_CHARS, Judgement, judge

logger = logging.getLogger(__name__)

SOCKET_PATH = "/ws/socket.io"

POLLED_BYTES = 16_777_216  # as uvicorn takes of a WebSocket: more than what is refused in words
PEOPLE, FORGET_S = 10_000, 600


@dataclass(frozen=True)
class EventLimits:
    """How much one connection may send, and how many one person may have."""

    burst: int = 60
    a_second: float = 20
    dropped: int = 600  # so many events over the rate, and the connection is closed
    long_burst: int = 4 * LONG_CHARS  # characters in events that are not short, of one person
    long_a_second: int = LONG_CHARS // 10
    sockets: int = 50  # of one person at once
    openings: int = 60  # at once, and one a second
    connect_s: float = 20  # until the page says which chat it shows


class Bucket:
    """Lets `burst` things through at once, and `a_second` in the long run."""

    def __init__(self, burst: float, a_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._a_second, self._clock = burst, a_second, clock
        self._left, self._at = burst, clock()

    def take(self, count: float = 1) -> bool:
        """Whether so many more may pass now."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < count:
            return False
        self._left -= count
        return True


@dataclass
class _Flow:
    """What one connection has sent."""

    events: Bucket
    long: Bucket  # of all connections of the person, in characters
    dropped: int = 0
    told_at: dict[str, float] = field(default_factory=dict)


class EventLimit:
    """Takes the page's connection from whom `who` knows, and from it no events but those that are in the limits.

    `who` goes by the word of a cookie: whether its login still holds is asked, and told, where events are handled.
    """

    def __init__(self, app: ASGIApp, who: Who, limits: EventLimits) -> None:
        self._app = app
        self._who = who
        self._limits = limits
        self._sockets = Counter[str]()
        self._openings: TTLCache[str, Bucket] = TTLCache(PEOPLE, FORGET_S)
        self._long: TTLCache[str, Bucket] = TTLCache(PEOPLE, FORGET_S)
        replace("chainlit.server.sio.eio.max_http_buffer_size", POLLED_BYTES)
        allow("POST", f"{server.SOCKET_IO_PATH}/", POLLED_BYTES, asks_itself=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or SOCKET_PATH not in scope["path"]:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        person = await self._who(connection)
        if person is None:
            await ask_to_log_in(connection)(scope, receive, send)
        elif not self._may_open(connection, person):
            await too_many_pages(connection)(scope, receive, send)
        elif scope["type"] == "websocket":
            self._sockets[person] += 1
            try:
                await self._watch(connection, self._flow(connection, person), receive, send)
            finally:
                self._sockets[person] -= 1
                self._sockets += Counter()  # forgets who has none
        elif scope["method"] == "POST":
            await self._take_polled(Request(scope, receive), self._flow(connection, person), send)
        else:
            await self._app(scope, receive, send)

    def _may_open(self, connection: HTTPConnection, person: str) -> bool:
        if not person or "sid" in connection.query_params:  # nobody whom one could tell from others
            return True
        bucket = self._openings.setdefault(person, Bucket(self._limits.openings, 1))
        return self._sockets[person] < self._limits.sockets and bucket.take()

    async def _watch(self, connection: HTTPConnection, flow: _Flow, receive: Receive, send: Send) -> None:
        """Let the app have what the connection brings, as far as it is in the limits."""
        is_open, is_upgrade = False, "sid" in connection.query_params
        waits_until = asyncio.get_running_loop().time() + self._limits.connect_s

        async def next_message() -> Message:
            async with asyncio.timeout_at(None if is_open or is_upgrade else waits_until):
                return await receive()

        async def judged() -> Message:
            nonlocal is_open
            while True:
                try:
                    message = await next_message()
                except TimeoutError:
                    return await self._close(send, "nothing was asked")
                if message["type"] != "websocket.receive":
                    return message
                text = message.get("text")
                judgement = self._judge("" if text is None else text, flow)
                if judgement == "take":
                    is_open = is_open or (text or "").startswith("40")
                    return message
                if judgement != "drop":
                    await self._tell(connection, flow, judgement, send)
                if judgement == "far_too_many":
                    return await self._close(send, "too many events")

        await self._app(connection.scope, judged, send)

    async def _take_polled(self, request: Request, flow: _Flow, send: Send) -> None:
        """The same for what a page without a WebSocket posts: several packets at once."""
        taken = list[str]()
        for packet in (await request.body()).decode(errors="replace").split("\x1e"):
            judgement = self._judge(packet, flow)
            if judgement == "take":
                taken.append(packet)
            elif judgement != "drop":
                if judgement == "far_too_many":
                    server.sio.start_background_task(server.sio.eio.disconnect, request.query_params.get("sid", ""))
                answer = in_words(request, 413 if judgement == "too_large" else 429, *_WORDS[judgement])
                await answer(request.scope, request.receive, send)
                return
        body = "\x1e".join(taken).encode()
        headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-length"]
        scope = {**request.scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive, send)

    def _flow(self, connection: HTTPConnection, person: str) -> _Flow:
        """What is known of this connection: it stays with engine.io's, over each of its requests."""
        limits = self._limits
        long = Bucket(limits.long_burst, limits.long_a_second)
        new = _Flow(Bucket(limits.burst, limits.a_second), self._long.setdefault(person, long) if person else long)
        opened = server.sio.eio.sockets.get(connection.query_params.get("sid", ""))
        flow: _Flow = vars(opened).setdefault("flow", new) if opened else new
        return flow

    def _judge(self, text: str, flow: _Flow) -> Judgement:
        if flow.events.take() and (len(text) <= SHORT_CHARS or flow.long.take(len(text))):
            return judge(text)
        flow.dropped += 1 + len(text) // SHORT_CHARS
        return "far_too_many" if flow.dropped > self._limits.dropped else "too_many"

    async def _tell(self, connection: HTTPConnection, flow: _Flow, judgement: Judgement, send: Send) -> None:
        """Say in the page why something is not taken; once in a while."""
        now = time.monotonic()
        if now - flow.told_at.get(judgement, -60.0) < 10:
            return
        flow.told_at[judgement] = now
        logger.warning("events of a page are not taken: %s", judgement)
        told = _WORDS[judgement][is_chinese(connection)]
        toast = server.sio.packet_class(data=["toast", {"message": told, "type": "warning"}])
        await send({"type": "websocket.send", "text": f"4{toast.encode()}"})

    async def _close(self, send: Send, why: str) -> Message:
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return {"type": "websocket.disconnect", "code": 1008, "reason": why}


_WORDS: dict[Any, tuple[str, str]] = {
    "too_large": (
        "This is too large to be sent. Send a shorter text, or attach it as a file.",
        "内容太大，无法发送。请缩短文字，或者作为附件上传。",
    ),
    "too_many": (
        "This page asks for too much at once, and some of it was left out. Wait a moment, and try again.",
        "这个页面的操作太频繁，有些没有执行。请稍等片刻再试。",
    ),
    "far_too_many": (
        "This page asked for far too much and is disconnected. Reload it in a minute.",
        "这个页面的操作过于频繁，连接已断开。请一分钟后刷新页面。",
    ),
}
