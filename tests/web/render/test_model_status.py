"""The model's badge, and the sentences on what it does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent.engine.backend import Status
from agent.engine.turn_queue import Wait
from agent.engine.weights.download import Progress
from tests.web.render.chat_page import Page, enter
from web.render import model_status
from web.texts import CHINESE, ENGLISH, Texts, texts_for


async def only(status: Status) -> AsyncIterator[Status]:
    yield status


def progress(done: int) -> Progress:
    return Progress(files=4, done_bytes=done, total_bytes=15_200_000_000, speed_bytes_s=38e6, remaining_s=200.0)


@pytest.mark.parametrize(
    ("status", "title", "about"),
    [
        (Status("resolving", "auto"), "Loading · auto", "auto, run by vLLM on this host. What you write stays here."),
        (Status("ready", "builtin"), "Built-in model", ENGLISH.builtin_about),
        (
            Status("ready", "/data/Qwen2.5-7B-Instruct/"),
            "Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct, run by vLLM on this host. What you write stays here.",
        ),
        (
            Status("downloading", "Qwen/Qwen2.5-7B-Instruct", progress(7_600_000_000)),
            "Downloading 50% · Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct, run by vLLM on this host. What you write stays here.",
        ),
        (Status("restarting", "builtin"), "Restarting · Built-in model", ENGLISH.builtin_about),
        (
            Status("failed", "Qwen/Qwen2.5-7B-Instruct", reason="It does not fit."),
            "Could not start · Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct could not start: It does not fit.",
        ),
    ],
)
async def test_the_badge_names_the_model_and_how_far_it_is(page: Page, status: Status, title: str, about: str) -> None:
    enter(page)
    await model_status.render(only(status), ENGLISH, "")
    ((option,),) = [mode.options for mode in page.modes]
    assert (option.name, option.description) == (title, about)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status("resolving", "auto"), "Looking for auto…"),
        (Status("downloading", "o/m"), "Looking for m…"),
        (
            Status("downloading", "o/m", progress(7_600_000_000)),
            "Downloading m: 50% (7.6 GB of 15.2 GB, 38 MB/s, about 3 min 20 s left)",
        ),
        (Status("loading", "builtin"), "Loading Built-in model…"),
        (Status("warming", "o/m"), "Warming up m, almost there…"),
        (Status("ready", "o/m"), "m is ready."),
        (Status("restarting", "o/m"), "m has stopped unexpectedly and is being started again…"),
        (Status("failed", "o/m", reason="It does not fit."), "m could not start: It does not fit."),
    ],
)
def test_what_the_model_does_is_one_sentence(status: Status, text: str) -> None:
    assert model_status.describe(status, ENGLISH) == text


@pytest.mark.parametrize(
    ("status", "texts", "text"),
    [
        (
            Status("ready", "builtin"),
            ENGLISH,
            "In line, at place 3: your turn comes in about 20 s. Stop leaves the line.",
        ),
        (
            Status("ready", "builtin"),
            CHINESE,
            "正在排队，排在第 3 位，大约 20 秒后开始回答。点“停止”可以离开队伍。",
        ),
        (
            Status("loading", "builtin"),
            ENGLISH,
            "Loading Built-in model… Got it. Your question will be answered as soon as the model is ready.",
        ),
    ],
)
def test_who_waits_is_told_of_the_line_or_of_the_model_that_is_not_ready(
    status: Status, texts: Texts, text: str
) -> None:
    assert model_status.describe_wait(status, Wait(place=3, seconds=20), texts) == text


@pytest.mark.parametrize(
    ("texts", "reason_zh", "text"),
    [
        (CHINESE, "放不下。", "m 没能启动：放不下。"),
        (CHINESE, "", "m 没能启动：It does not fit."),
        (ENGLISH, "放不下。", "m could not start: It does not fit."),
    ],
)
async def test_why_a_model_failed_is_told_in_the_pages_language(
    page: Page, texts: Texts, reason_zh: str, text: str
) -> None:
    status = Status("failed", "o/m", reason="It does not fit.", reason_zh=reason_zh)
    assert model_status.describe(status, texts) == text
    enter(page)
    await model_status.render(only(status), texts, "")
    assert [option.description for mode in page.modes for option in mode.options] == [text]


BROKEN = Status("failed", "/srv/models/Qwen", reason="Set MODEL in .env.", reason_zh="请在 .env 里设置 MODEL。")


@pytest.mark.parametrize(
    "status", [Status("ready", "builtin"), Status("ready", "o/m"), Status("loading", "http://10.0.0.7:8001/v1"), BROKEN]
)
@pytest.mark.parametrize("url", ["", "http://10.0.0.7:8001/v1"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_badge_tells_a_visitor_of_no_setting_folder_or_address(
    page: Page, status: Status, url: str, language: str
) -> None:
    enter(page)
    await model_status.render(only(status), texts_for(language, for_operator=False), url)
    (option,) = page.modes[0].options
    shown = f"{option.name} {option.description} {page.texts()}"
    assert not any(secret in shown for secret in (".env", "MODEL", "10.0.0.7", "/srv"))
    assert option.description


REMOTE = "http://10.0.0.5:8001"
UNREACHABLE = Status("failed", REMOTE, reason=f"{REMOTE} cannot be reached.", reason_zh=f"连不上 {REMOTE}。")


@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
@pytest.mark.parametrize("status", [UNREACHABLE, Status("resolving", REMOTE), Status("ready", "o/m")])
async def test_a_visitor_sees_no_address_and_who_runs_the_app_does(page: Page, texts: Texts, status: Status) -> None:
    enter(page)
    await model_status.render(only(status), texts_for(texts.language, for_operator=False), REMOTE)
    options = [option for mode in page.modes for option in mode.options]
    shown = [*(f"{option.name} {option.description}" for option in options), *(name for _, name, _ in page.shown())]
    assert not any("10.0.0.5" in text for text in shown)
    await model_status.render(only(status), texts, REMOTE)
    assert "10.0.0.5" in page.modes[0].options[0].description
