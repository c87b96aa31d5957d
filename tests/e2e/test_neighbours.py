"""What one person does is not felt by another: the gaps between the frames of busy chats, alone and beside trouble.

Client, app, engine and whatever else runs share two cores, which can hold up any window of time; so the best of a few
windows is compared. What trouble does by itself it does again and again in each of them.
"""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import pytest

from dev.app_process import LEFT_OUT, PROJECT, App
from dev.chat_client import Chat
from tests.e2e.conftest import SCREENSHOTS, wait_until
from tests.e2e.gaps import p99, talk

TALKERS = 4
WINDOWS = 5  # of each kind at most
WINDOW_S = 4.0
PAUSE_S = 0.2  # what a person takes at least to do it again
TOOL_TIMEOUT_S = 2
RAMBLE = {"temperature": 2, "top_p": 1, "max_tokens": 3000, "tools": [], "system_prompt": "x"}
STUCK = """
        import time

        time.sleep(3600 if city == "Paris" else 1)
        name, zone"""

Trouble = Callable[[App, Chat], Awaitable[None]]


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose clock blocks its thread: for a second, and in Paris for good."""
    folder = tmp_path_factory.mktemp("neighbours") / "qingtan"
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    clock = folder / "tools" / "clock.py"
    clock.write_text(clock.read_text("utf-8").replace("\n        name, zone", STUCK, 1), "utf-8")
    with launch(folder, TOOL_TIMEOUT_S=str(TOOL_TIMEOUT_S)) as running:
        running.wait_until_loaded()
        yield running


async def blocking_tool(app: App, chat: Chat) -> None:
    (call,) = (await chat.ask("What time is it in Tokyo?")).tools
    assert not call["isError"]


async def hung_tool(app: App, chat: Chat) -> None:
    (call,) = (await chat.ask("What time is it in Paris?")).tools
    assert "timed out" in call["name"]


async def long_message(app: App, chat: Chat) -> None:
    answer = await chat.ask("word " * 40_000)
    assert answer.errors == ["This chat is longer than the model's window. Start a new chat, or shorten the message."]


async def reload_of_the_page(app: App, chat: Chat) -> None:
    await chat.drop()
    await chat.come_back()


async def broken_client(app: App, chat: Chat) -> None:
    """One that says what no page says, and one that is gone in the middle of a word."""
    address = f"{app.url}/ws/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as client:
        async with client.ws_connect(address) as socket:
            await socket.send_str("40" + json.dumps({"sessionId": ["no", "name"]}))
            for garbage in ("42[", '42["client_message"]', "9" * 50_000, "\x00"):
                await socket.send_str(garbage)
        _, writer = await asyncio.open_connection("localhost", app.port)
        writer.write(b"GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ")
        writer.transport.abort()


TROUBLES: tuple[Trouble, ...] = (blocking_tool, hung_tool, long_message, reload_of_the_page, broken_client)


async def gap_p99_s(app: App, trouble: Trouble | None) -> float:
    """The 99th percentile of the talkers' gaps in one window of time, beside `trouble` again and again."""
    talkers, other = [await Chat.open(app.url) for _ in range(TALKERS)], await Chat.open(app.url)
    for chat in talkers:
        await chat.change_settings(RAMBLE)
    until = asyncio.Event()
    talking = [asyncio.create_task(talk(chat, "tell me a long story", until)) for chat in talkers]
    await asyncio.gather(*(chat.first_text() for chat in talkers))
    loop = asyncio.get_running_loop()
    end = loop.time() + WINDOW_S
    while loop.time() < end:
        if trouble:
            await trouble(app, other)
        await asyncio.sleep(PAUSE_S)
    until.set()
    found = [gap for talked in await asyncio.gather(*talking) for _, gap in talked]
    for chat in (*talkers, other):
        await chat.close()
    await wait_until(lambda: app.health()["running"] == 0)
    assert len(found) > 100
    return p99(found)


async def test_no_trouble_of_one_person_makes_the_frames_of_others_stutter(app: App) -> None:
    best: dict[str, float] = {}
    for _ in range(WINDOWS):
        for trouble in (None, *TROUBLES):
            name = trouble.__name__ if trouble else "quiet"
            best[name] = min(best.get(name, math.inf), await gap_p99_s(app, trouble))
        felt = {name: gap for name, gap in best.items() if gap > 2 * best["quiet"]}
        if not felt:
            break
    report = {name: round(1000 * gap) for name, gap in best.items()}
    (SCREENSHOTS / "neighbours.json").write_text(json.dumps({"gap p99, ms": report}, indent=1))
    assert felt == {}, report
