"""From the start to the end of the app's process: what a page shows meanwhile, what is left behind, what cannot start.

Starts engines of its own, so it comes after the tests that share one, and ends that one first.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from dev.app_process import App
from dev.chat_client import Chat
from tests.e2e.conftest import SCREENSHOTS, wait_until


def family(app: App) -> list[psutil.Process]:
    """The app's process and all below it."""
    process = psutil.Process(app.process.pid)
    return [process, *process.children(recursive=True)]


def living(processes: list[psutil.Process]) -> list[str]:
    """The names of those that still hold memory."""
    return [one.name() for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_ctrl_c_ends_the_engine_too(app: App) -> None:
    processes = family(app)
    assert len(processes) > 2
    assert app.end(signal.SIGINT) < 8
    assert living(processes) == []


async def test_a_page_that_is_opened_while_the_model_loads_and_what_sigkill_leaves(
    launch: Callable[..., App], open_page: Any
) -> None:
    with launch() as first:
        assert first.wait_for_page() < 15
        page = await open_page(first.url, "zh-CN")
        await page.get_by_text("正在加载内置小模型…").wait_for()
        assert await page.get_by_text("广州天气怎么样？").is_visible()
        await page.screenshot(path=SCREENSHOTS / "loading-zh.png")
        await page.locator("#chat-input").click()
        await page.keyboard.type("广州天气怎么样?")
        await page.keyboard.press("Enter")
        await page.get_by_text("问题已收到，模型就绪后马上回答。").first.wait_for()
        await page.screenshot(path=SCREENSHOTS / "asked-while-loading-zh.png")
        await page.get_by_text("模拟").last.wait_for(timeout=120_000)
        await page.screenshot(path=SCREENSHOTS / "answered-zh.png")
        processes = family(first)
        first.end(signal.SIGKILL)
        assert living(processes) != []  # nobody could end the engine
    with launch() as second:
        second.wait_until_loaded()
        assert living(processes) == []
        assert second.health()["loads"] == 1
        processes = family(second)
        second.end(signal.SIGTERM)
        assert living(processes) == []


async def test_a_stop_and_an_end_in_the_middle_of_loading_leave_nothing(launch: Callable[..., App]) -> None:
    with launch() as app:
        app.wait_for_page()
        chat = await Chat.open(app.url, "en-US")
        await chat.start("hello")
        await wait_until(lambda: any("as soon as the model is ready" in line for line in chat.lines))
        await chat.stop()
        assert (await chat.ended()).lines[-1] == "Stopped."  # below what is told of the model
        await chat.close()
        await wait_until(lambda: len(family(app)) > 2, 60)
        processes = family(app)
        assert app.end(signal.SIGTERM) < 8
        assert living(processes) == []


async def test_a_model_that_does_not_fit_says_what_is_needed_and_what_to_turn(
    launch: Callable[..., App], tmp_path: Path
) -> None:
    with launch(ENGINE_ARGS=json.dumps({"kv_cache_memory_bytes": 2**20}), DATA_DIR=str(tmp_path)) as app:
        app.wait_until_loaded()
        assert app.health()["stage"] == "failed"
        chat = await Chat.open(app.url, "en-US")
        answer = await chat.ask("What's the weather in Toronto?")
        await chat.close()
        (error,) = answer.errors
        for part in ("GiB needed", "GiB free", "MAX_MODEL_LEN", "GPU_MEMORY_UTILIZATION", "QUANTIZATION"):
            assert part in error
        assert error in app.log.read_text()


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"TOP_P": "3"}, "TOP_P='3': input should be less than or equal to 1"),
        ({"WEATHER_PROVIDER": "amap"}, "WEATHER_PROVIDER=amap needs AMAP_API_KEY"),
    ],
)
def test_a_wrong_setting_stops_the_start(launch: Callable[..., App], env: dict[str, str], sentence: str) -> None:
    app = launch(**env)
    assert app.process.wait(60) == 1
    assert sentence in app.log.read_text()


async def test_a_model_that_is_not_there_is_told_in_the_page(launch: Callable[..., App], tmp_path: Path) -> None:
    with launch(MODEL=str(tmp_path / "nowhere")) as app:
        started = time.perf_counter()
        app.wait_until_loaded()
        assert time.perf_counter() - started < 20
        for language, sentence in (("en-US", "There is no model folder"), ("zh-CN", "没有模型文件夹")):
            chat = await Chat.open(app.url, language)
            answer = await chat.ask("hello")
            await chat.close()
            assert f"{sentence} {tmp_path / 'nowhere'}" in answer.errors[0]
