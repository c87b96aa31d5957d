"""Kills the engine's process again and again under busy chats, and measures how the app comes back. Prints a table.

    python -m dev.bench.deaths [DEATHS] [CHATS]    default: 20 16

Times are from the kill. Each engine is left alone until it counts as sound, so that every pause is the first one.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from agent.engine.supervisor import Restarts
from dev.app_process import LEFT_OUT, PROJECT, App
from dev.chat_client import Answer, Chat

LONG_QUESTION = "北京、上海和广州的天气怎么样？"


def below(app: App) -> list[psutil.Process]:
    """The processes below the app's."""
    return psutil.Process(app.process.pid).children(recursive=True)


def engine(app: App) -> psutil.Process:
    """The engine's own process; its workers are below it."""
    return next(process for process in below(app) if any("EngineCore" in part for part in process.cmdline()))


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still hold memory."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


async def until(app: App, is_so: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until this holds of what the app says of its health."""
    while True:
        if is_so(await asyncio.to_thread(app.health)):
            return
        await asyncio.sleep(0.02)


def is_right(answer: Answer) -> bool:
    """Whether the follow-up was answered with what was said before the death."""
    return '{\n    "city": "上海"\n}' in [tool["input"] for tool in answer.tools] and "上海" in answer.text


async def die_once(app: App, size: int) -> list[str]:
    """Kill the engine while all chats are answered; the cells of one row."""
    chats = [await Chat.open(app.url, "zh-CN") for _ in range(size)]
    await asyncio.gather(*(chat.ask("广州天气怎么样?") for chat in chats))
    before = below(app)
    for chat in chats:
        await chat.start(LONG_QUESTION)
    await until(app, lambda health: health["running"] > 0)
    killed_at = time.perf_counter()
    engine(app).kill()
    ended = asyncio.create_task(_all_ended(chats))
    await until(app, lambda health: health["stage"] != "ready")
    noticed_s = time.perf_counter() - killed_at
    await until(app, lambda health: health["stage"] == "ready")
    ready_s = time.perf_counter() - killed_at
    turns = await ended
    answers = await asyncio.gather(*(chat.ask("那上海呢?") for chat in chats))
    for chat in chats:
        await chat.close()
    return [
        f"{noticed_s:.2f} s",
        f"{sum(bool(turn.errors) for turn in turns)} + {sum(not turn.errors for turn in turns)}",
        f"{ready_s:.1f} s",
        f"{sum(map(is_right, answers))}",
        f"{len(living(before))}",
        f"{len(below(app))}",
        f"{psutil.Process(app.process.pid).memory_info().rss / 2**20:,.0f} MiB",
    ]


async def _all_ended(chats: list[Chat]) -> list[Answer]:
    return await asyncio.gather(*(chat.ended(timeout_s=120) for chat in chats))


async def measure(app: App, deaths: int, size: int) -> None:
    """Print a row a death."""
    print("| death | noticed | turns told + answered | ready | right follow-ups | left behind | processes | memory |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for number in range(1, deaths + 1):
        print("|", " | ".join([str(number), *await die_once(app, size)]), "|", flush=True)
        await asyncio.sleep(Restarts().steady_s)


def main(deaths: int = 20, size: int = 16) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "qingtan"
        shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
        environment = {"MODEL": "builtin", "WEATHER_PROVIDER": "simulated", "DATA_DIR": f"{scratch}/data"}
        with App(folder, log=Path(scratch) / "app.log", **environment) as app:
            app.wait_until_loaded()
            asyncio.run(measure(app, deaths, size))
            print(app.health(), "by one app's process:", app.process.poll() is None)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
