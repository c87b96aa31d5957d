"""The whole app inside of this process, asked without a server: for programs that tests start, since it is there once.

A request is what uvicorn would make of it; nothing is sent, so ten thousand take seconds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    """What came back; `status` is 0 where nothing did."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(
            value.decode("latin-1") for key, value in self.headers if key.decode("latin-1") == name.lower()
        )

    def cookies(self) -> list[Header]:
        pairs = [value.partition(b";")[0] for name, value in self.headers if name == b"set-cookie"]
        return [(b"cookie", b"; ".join(pairs))] if pairs else []


class WholeApp:
    """`app.py` with its database in `data_dir`, and an engine that is nowhere."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        os.environ |= {
            "ENGINE": "remote", "REMOTE_BASE_URL": "http://127.0.0.1:9/v1", "DATA_DIR": str(data_dir),
        } | env  # fmt: skip
        from chainlit import server

        import app  # which reads the environment

        self.app, self.server, self.data_dir = app, server, data_dir

    async def ask(
        self,
        method: str,
        target: str,
        headers: Sequence[Header] = (),
        body: Sequence[bytes] = (),
        *,
        scheme: str = "http",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Send a request; `target` is what stands in its first line, `body` comes piece by piece."""
        path, _, query = target.partition("?")
        names = {name for name, _ in headers}
        every = [*headers, *([] if b"host" in names else [(b"host", b"localhost:8000")])]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": scheme,
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": every, "client": (address, 50_000), "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip
        pieces, sent = list(body) or [b""], list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            if not pieces:
                await asyncio.Event().wait()  # the browser stays
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.server.app(scope, receive, send)
        if not sent:
            return Answer(0, (), b"")
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], tuple(sent[0].get("headers", ())), content)

    async def log_in(self, name: str, password: str) -> list[Header]:
        """The header with the cookie of somebody who logs in."""
        form = urlencode({"username": name, "password": password}).encode()
        kind = (b"content-type", b"application/x-www-form-urlencoded")
        return (await self.ask("POST", "/login", [kind], [form])).cookies()

    async def take_database_away(self, folder: Path) -> None:
        """Put the database's files into `folder`, and something else in its place."""
        await self.app.saved_chats.database.close()
        for file in self.data_dir.glob("chats.db*"):
            file.rename(folder / file.name)
        (self.data_dir / "chats.db").mkdir()
