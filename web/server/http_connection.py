"""HTTP connections in the place of uvicorn's, which wait for ever: each request and each answer gets on, or ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.server.address_limit import AddressLimit
from web.server.websocket_connection import WebSocket


@dataclass(frozen=True)
class ConnectionLimits:
    """What a connection may take. Times in seconds."""

    in_all: int = 100_000
    head_s: float = 10  # until the headers of a request are there
    head_bytes: int = 64_000  # of the headers; and of what frames a body besides
    rate_s: float = 10  # how long a body, or an answer, may come slower than
    bytes_a_s: int = 1000
    passing_s: float = 30  # how long what is left of a body may still come after its answer,
    passing_bytes: int = 25_000_000  # and how much of it: a file that is sent after its login has ended
    pipelined: int = 8  # requests that come before the answer to the first


class Http(HttpToolsProtocol):
    """An HTTP connection, closed if it is one too many, or if a request or an answer does not get on."""

    limits: ClassVar[ConnectionLimits]
    allowed: ClassVar[AddressLimit]
    opened: ClassVar[Counter[str]]  # connections by address, without those of proxies

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._address = ""
        self._timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None
        self._heads = self._head_bytes = 0
        self._raw_bytes = self._body_bytes = self._raw_before = 0
        self._is_whole, self._is_passing, self._is_last = True, False, False
        self._passing_left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client and not self.allowed.is_proxy(self.client[0]):
            self._address = self.allowed.household(self.client[0])
            self.opened[self._address] += 1
        if self.opened[self._address] > self.allowed.most or len(self.connections) > self.limits.in_all:
            self._end(429, "Too many connections are open. Close other pages, and try again in a minute.")
            return
        self._watch(self.limits.head_s, self._miss_head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch_all()
        self.release()
        super().connection_lost(exc)

    def release(self) -> None:
        """Count this connection no more."""
        if self._address:
            self.opened[self._address] -= 1
            if self.opened[self._address] <= 0:
                del self.opened[self._address]
            self._address = ""

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._is_passing:
            self._passing_left -= len(data)
            if self._passing_left < 0:
                self.transport.close()
                return
        before = self._heads, self._is_whole
        super().data_received(data)
        if (self._heads, self._is_whole) != before or self.transport.is_closing():
            return
        if self._is_whole:
            self._head_bytes += len(data)
        else:
            self._raw_bytes += len(data)
        # A body's own bytes may come one a chunk; what else frames it is bounded, as the headers are.
        if max(self._head_bytes, self._raw_bytes - 8 * self._body_bytes) > self.limits.head_bytes:
            self._end(431, "The headers are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if len(self.pipeline) >= self.limits.pipelined:
            raise ValueError("too many requests before the first answer")  # httptools answers 400

    def on_headers_complete(self) -> None:
        self._heads += 1
        self._head_bytes = self._raw_bytes = self._body_bytes = self._raw_before = 0
        self._is_whole, self._is_last = False, False
        super().on_headers_complete()
        if self.cycle and any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers):
            # uvicorn would close at the answer, while the client still sends: then it takes no answer.
            self._is_last, self.cycle.keep_alive = not self.cycle.keep_alive, True
        self._watch(self.limits.rate_s, self._look_at_body)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_whole = True
        self._unwatch()
        if self._is_passing:
            self._rest()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() or not self.cycle.response_complete:
            return
        if self._is_whole:
            self._rest()
            return
        self._is_passing = True
        self._passing_left = self.cycle.scope["state"].get("passing_bytes", self.limits.passing_bytes)
        self._watch(self.limits.passing_s, self.transport.close)

    def handle_websocket_upgrade(self) -> None:
        self._unwatch_all()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, WebSocket):
            protocol.on_lost = self.release

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_at_reader(None)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reader_timer:
            self._reader_timer.cancel()

    def _rest(self) -> None:
        """The request and its answer are over: close, or wait for the next one."""
        self._is_passing = False
        if self._is_last:
            self.transport.close()
        else:
            self._watch(self.limits.head_s, self._miss_head)

    def _miss_head(self) -> None:
        if self._head_bytes:
            self._end(408, "The request did not come in time.")
        else:
            self.transport.close()

    def _look_at_body(self) -> None:
        """End a request whose body comes too slowly. What waits here for the app is not the client's fault."""
        came, self._raw_before = self._raw_bytes - self._raw_before, self._raw_bytes
        if self.flow.read_paused or self.cycle.body or came >= self.limits.bytes_a_s * self.limits.rate_s:
            self._watch(self.limits.rate_s, self._look_at_body)
        else:
            self._end(408, "The request did not come in time.")

    def _look_at_reader(self, before: int | None) -> None:
        """End a connection whose client does not read its answer."""
        left = self.transport.get_write_buffer_size()
        if before is not None and before - left < self.limits.bytes_a_s * self.limits.rate_s:
            self.transport.abort()
            return
        self._reader_timer = self.loop.call_later(self.limits.rate_s, self._look_at_reader, left)

    def _end(self, status: int, told: str) -> None:
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            head = f"HTTP/1.1 {status} \r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: {len(told)}"
            self.transport.write(f"{head}\r\n\r\n{told}".encode())
        self.transport.close()

    def _watch(self, seconds: float, then: Callable[[], None]) -> None:
        self._unwatch()
        self._timer = self.loop.call_later(seconds, then)

    def _unwatch(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _unwatch_all(self) -> None:
        self._unwatch()
        if self._reader_timer:
            self._reader_timer.cancel()
