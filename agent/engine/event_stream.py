"""Server-sent events of a response, also of a server that does not stream. Knows no client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

NO_STREAM = b"{[<"  # how JSON and a web page begin, and an event never


async def events(body: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event as it comes; a body that is no event stream comes whole, as one."""
    rest = b""
    is_stream = False
    async for piece in body:
        rest += piece
        is_stream = is_stream or rest.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] not in (
            b"",
            *(bytes([one]) for one in NO_STREAM),
        )
        if is_stream:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if data := _data(line):
                    yield data
    if is_stream:
        rest = _data(rest).encode()
    if rest.strip():
        yield rest.decode(errors="replace").strip("\ufeff \r\n\t")


def _data(line: bytes) -> str:
    """What a line says: each event of this API is one line, `data: {...}`."""
    field, _, value = line.decode(errors="replace").partition(":")
    return value.strip() if field == "data" else ""
