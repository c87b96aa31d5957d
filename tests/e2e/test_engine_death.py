"""The engine's process is killed under busy chats: they end in words, it comes back, and they go on with their history.

Starts an engine of its own, whose loads it counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dev.app_process import App
from dev.bench.deaths import below, engine, is_right, living
from dev.chat_client import Chat
from tests.e2e.conftest import wait_until

CHATS = 4
WELL = dict.fromkeys(("engine", "line", "database", "disk"), "ok")
NOBODY = {"running": 0, "waiting": 0, "places": 64}
SENTENCE = "模型意外停止，正在重新启动。请重新发送这条消息，模型就绪后马上回答。"


async def test_an_engine_that_is_killed_twice_under_busy_chats_comes_back_and_every_chat_goes_on(
    launch: Callable[..., App],
) -> None:
    with launch() as app:
        app.wait_until_loaded()
        chats = [await Chat.open(app.url, "zh-CN") for _ in range(CHATS)]
        for answer in await asyncio.gather(*(chat.ask("广州天气怎么样?") for chat in chats)):
            assert "广州" in answer.text
        for loads in (2, 3):
            before = below(app)
            for chat in chats:
                await chat.start("北京、上海和广州的天气怎么样？")
            await wait_until(lambda: app.health()["running"] == CHATS)
            engine(app).kill()
            turns = await asyncio.gather(*(chat.ended(5) for chat in chats))
            assert [turn.errors for turn in turns] == [[SENTENCE]] * CHATS
            assert app.health()["stage"] != "ready"
            answers = await asyncio.gather(*(chat.ask("那上海呢?") for chat in chats))
            assert [is_right(answer) for answer in answers] == [True] * CHATS
            assert [chat.badges[-1] for chat in chats] == ["内置小模型"] * CHATS
            assert all("重新启动中 · 内置小模型" in chat.badges for chat in chats)
            assert app.health() == {
                "stage": "ready",
                "model": "builtin",
                "running": 0,
                "loads": loads,
                "turns": NOBODY,
                "parts": WELL,
            }
            assert (living(before), app.process.poll()) == ([], None)
        for chat in chats:
            await chat.close()
