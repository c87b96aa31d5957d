"""A client over a plain socket, which sends what it likes, as slowly as it likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> bool:
        """Whether it could be sent."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            return False
        return not self._writer.is_closing()

    async def answer(self) -> tuple[int, bytes]:
        """The status and the body of the next answer; 0 where the server closed without one."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            return 0, b""
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return int(head.split()[1]), await self._reader.readexactly(int(fields.get(b"content-length", b"0")))

    async def exactly(self, count: int) -> bytes:
        """So many bytes of what comes."""
        return await self._reader.readexactly(count)

    async def closed(self) -> bytes:
        """All that comes until the server closes."""
        with suppress(OSError):
            return await self._reader.read()
        return b""


@asynccontextmanager
async def connect(port: int, source: str = "127.0.0.1") -> AsyncIterator[Client]:
    """Whoever connects from `source` is one address to the server."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        try:
            yield Client(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def request(method: str, path: str, *fields: str, body: bytes = b"", length: int | None = None) -> bytes:
    """A request as bytes; `length` is what it says of its body, where that is not the truth. -1: nothing."""
    said = [] if length == -1 else [f"content-length: {len(body) if length is None else length}"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *said, *fields, "", ""]).encode() + body


def chunks(body: bytes, size: int) -> bytes:
    """A body of unknown length."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
