"""Clients that connect, ask and leave at once: the log holds no traceback, and what they asked is kept."""

from __future__ import annotations

import asyncio
import json
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import socketio

from dev.app_process import App
from dev.chat_client import log_in
from tests.e2e.storyteller import storyteller

CLIENTS = 200


async def hurry(url: str, cookie: str, number: int) -> None:
    """Leave out this or that, by number, of what a page does."""
    page = socketio.AsyncClient(reconnection=False)
    auth = {"sessionId": str(uuid.uuid4()), "clientType": "webapp", "userEnv": "{}", "chatProfile": "", "threadId": ""}
    try:
        await page.connect(
            url, socketio_path="/ws/socket.io", transports=["websocket"], auth=auth, headers={"Cookie": cookie},
            wait_timeout=60,
        )  # fmt: skip
        if number % 3:
            await page.emit("connection_successful")
        if number % 4:
            question = {"id": str(uuid.uuid4()), "name": "user", "type": "user_message", "output": f"hello {number}"}
            message = question | {"createdAt": "2026-11-29T10:00:00Z"}
            await page.emit("client_message", {"message": message, "fileReferences": []})
        if number % 5 == 0:
            await asyncio.sleep(0.05)
        if number % 7 == 0:
            await page.emit("clear_session")
        await page.eio.queue.join()  # it has all been written
    finally:
        await page.disconnect()


def listed(url: str, cookie: str) -> set[str]:
    body = json.dumps({"pagination": {"first": CLIENTS}, "filter": {}}).encode()
    headers = {"Cookie": cookie, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/project/threads", body, headers)) as answer:
        return {thread["name"] for thread in json.load(answer)["data"]}


@pytest.mark.parametrize("starts", [2])
async def test_they_leave_no_traceback_and_their_questions_are_kept(
    launch: Callable[..., App], tmp_path: Path, starts: int
) -> None:
    asked = {f"hello {number}" for number in range(CLIENTS) if number % 4}
    with storyteller() as model:
        for _ in range(starts):
            env = {"ENGINE": "remote", "REMOTE_BASE_URL": model, "MODEL": "auto", "DATA_DIR": str(tmp_path)}
            with launch(**env) as app:
                app.wait_until_loaded()
                cookie = log_in(app.url)
                await asyncio.gather(*(hurry(app.url, cookie, number) for number in range(CLIENTS)))
                async with asyncio.timeout(30):
                    while app.health()["turns"]["running"] or not asked <= listed(app.url, cookie):
                        await asyncio.sleep(0.2)
            log = app.log.read_text()
            assert "Traceback" not in log
            assert " - ERROR - " not in log
