"""Somebody who is logged in, over plain HTTP and socket.io: asks whatever one likes, and keeps all that comes back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import socketio

from dev.app_process import PROJECT

TIMEOUT_S = 20.0


class Visitor:
    """One logged-in user's browser: a cookie, and a page with one open chat."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, headers={"Accept-Language": "en-US"})
        self.session_id = str(uuid.uuid4())
        self.thread_id = ""
        self.seen: list[Any] = []  # every event that came, as (name, data)
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._keep)

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.disconnect()
        if self.socket.eio.http:
            await self.socket.eio.http.close()  # where the page was refused, the library forgets it
        await self.http.aclose()

    async def log_in(self, name: str, password: str) -> httpx.Response:
        return await self.http.post("/login", data={"username": name, "password": password})

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    async def connect(self, transports: list[str] | None = None, **auth: Any) -> None:
        """Connect the page; `auth` is what it says of itself otherwise than usual. Raises ConnectionError."""
        said = {"sessionId": self.session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""} | auth
        headers = {"Cookie": self.cookie, "Accept-Language": "en-US"}
        await self.socket.connect(
            self.url, socketio_path="/ws/socket.io", transports=transports or ["websocket"], auth=said,
            headers=headers, wait_timeout=TIMEOUT_S,
        )  # fmt: skip
        await self.emit("connection_successful")

    async def emit(self, event: str, *data: Any) -> None:
        await self.socket.emit(event, data or None)

    async def say(self, text: str, *file_ids: str) -> str:
        """Send a message; gives its id."""
        name = str(uuid.uuid4())
        files = [{"id": one} for one in file_ids]
        await self.emit("client_message", {"message": message(name, text), "fileReferences": files})
        return name

    async def expect(self, fits: Callable[[str, Any], bool]) -> Any:
        """The data of the first event that fits, waiting for it where it has not come."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                for name, data in self.seen:
                    if fits(name, data):
                        return data
                await asyncio.sleep(0.02)

    async def told(self, text: str) -> Any:
        """The step that says this, in its text or, as a line of ours does, in its title."""
        steps = ("new_message", "update_message")
        return await self.expect(lambda name, data: name in steps and text in data["output"] + data["name"])

    async def upload(self, content: bytes, session_id: str = "") -> httpx.Response:
        files = {"file": ("plan.txt", content, "text/plain")}
        return await self.http.post("/project/file", params={"session_id": session_id or self.session_id}, files=files)

    async def send(self, method: str, path: str, body: Any = None, **rest: Any) -> httpx.Response:
        return await self.http.request(method, path, json=body, **rest)

    async def _keep(self, event: str, *data: Any) -> None:
        self.seen.append((event, data[0] if data else None))
        if event == "first_interaction":
            self.thread_id = data[0]["thread_id"]

    def all_seen(self) -> str:
        """Everything that came over the socket."""
        return json.dumps(self.seen, ensure_ascii=False)


def message(name: str, text: str, **rest: Any) -> dict[str, Any]:
    """A person's message as the page sends it."""
    step = {"id": name, "name": "user", "type": "user_message", "output": text, "createdAt": "2026-11-22T12:00:00.000Z"}
    return step | rest


def people(*arguments: str, password: str = "", **env: str) -> str:
    """What `python -m web.auth` says. Raises CalledProcessError."""
    command = [sys.executable, "-m", "web.auth", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | env, input=f"{password}\n", text=True, check=True, capture_output=True
    )
    return done.stdout
