"""WebSocket connections in the place of uvicorn's: they keep a message at most, and nothing for who does not read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

SLICE_BYTES = 8_192  # of what a WebSocket brings at once
MAX_FRAGMENTS = 1000  # of one message of a WebSocket; browsers send one


class WebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that keeps no more than a message for whoever sends, and no answers for who does not read."""

    on_lost: Callable[[], None] | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unread, self._reads_on = bytearray(), False

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._reads_on:
            self._read_on()

    def _read_on(self) -> None:
        """Read a slice of what came, and let others have their turn: it may be thousands of messages."""
        piece = bytes(self._unread[:SLICE_BYTES])
        del self._unread[:SLICE_BYTES]
        super().data_received(piece)
        self._reads_on = bool(self._unread) and not self.transport.is_closing()
        if self._reads_on:
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)
        elif not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await super().receive()
        if self._reads_on:
            self.transport.pause_reading()  # which uvicorn has just ended
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_lost:
            self.on_lost()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
        else:
            self.transport.close()
