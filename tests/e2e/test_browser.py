"""The page in a real browser: ask, see the tool and the stream, change settings, at a desk and on a phone."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import validate
from playwright.async_api import Page, expect

from dev.app_process import App
from tests.agent.engine.openai_server import OpenAIServer, serve
from tests.agent.engine.test_remote import chunk
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.e2e.schemas import rows_of
from web.texts import ENGLISH

WEATHER_STEP = '.step[data-step-type="tool"]:has(.lucide-cloud-sun) [id^="step-"]:is(button, p)'


async def ask(page: Page, text: str) -> None:
    await page.locator("#chat-input").click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def answered(page: Page) -> None:
    await page.locator("#stop-button").wait_for(state="detached", timeout=60_000)


def outside(page: Any, app_url: str) -> set[str]:
    """The hosts that the page asked, other than the app's."""
    here = urlsplit(app_url).netloc
    return {urlsplit(url).netloc for url in page.requested if not url.startswith(("data:", "blob:"))} - {here}


async def test_ask_see_the_step_and_the_stream_in_chinese(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "zh-CN")
    await expect(page.get_by_text("内置小模型")).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "start-zh.png")
    lengths = await watch_answer(page)
    await ask(page, "广州天气怎么样?")
    await page.locator(WEATHER_STEP).wait_for()
    await expect(page.locator('[data-step-type="assistant_message"]').last).to_contain_text("模拟", timeout=60_000)
    await answered(page)
    assert len({length for length in await lengths() if length}) > 3  # it grew before our eyes
    await expect(page.locator('img[src*="/public/weather/"]')).to_be_visible()
    await page.locator(WEATHER_STEP).click()
    for part in ('"city": "广州"', '"source": "simulated"'):
        await expect(page.get_by_text(part).first).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "weather-zh.png")
    await ask(page, "那上海呢?")
    await expect(page.locator(WEATHER_STEP)).to_have_count(2, timeout=60_000)
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "follow-up-zh.png")
    assert outside(page, app.url) == set()


async def watch_answer(page: Page) -> Callable[[], Any]:
    """Note the length of the last answer at each change of the page."""
    await page.evaluate("""() => {
        window.lengths = [];
        new MutationObserver(() => {
            const answers = document.querySelectorAll('[data-step-type="assistant_message"]');
            if (answers.length) window.lengths.push(answers[answers.length - 1].innerText.length);
        }).observe(document.body, {childList: true, subtree: true, characterData: true});
    }""")
    return lambda: page.evaluate("() => window.lengths")


async def test_a_starter_on_a_phone_in_english(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US", PHONE, "dark")
    await expect(page.get_by_text("Built-in model")).to_be_visible()
    await expect(page.get_by_text("This is the small model that ships with the project.").first).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "start-en-phone.png")
    await page.get_by_text("Weather in Toronto").click()
    await expect(page.locator('[data-step-type="assistant_message"]').last).to_contain_text("Toronto", timeout=60_000)
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "weather-en-phone.png")
    width = await page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    await page.locator("#mode-picker-trigger-model").click()
    await expect(page.get_by_text("MODEL=Qwen/Qwen2.5-7B-Instruct").last).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "model-en-phone.png")
    assert outside(page, app.url) == set()


async def test_the_settings_panel_refuses_a_wrong_value(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US")
    await page.locator("#chat-settings-open-modal").click()
    panel = page.get_by_role("dialog")
    for label in ("Temperature", "Top P", "Max tokens", "System prompt", "Tools"):
        await expect(panel.get_by_text(label).first).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "settings-en.png")
    await page.locator("#max_tokens").fill("0")
    await page.locator("#confirm").click()
    await expect(page.get_by_text("cannot be 0")).to_be_visible()


async def test_structured_answers_on_a_phone_in_chinese(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "zh-CN", PHONE, "dark")
    await page.locator("#chat-profiles").click()
    await page.get_by_role("option", name="结构化回答").click()
    await page.get_by_text("人口最多的五座城市").wait_for()
    await page.locator("#chat-settings-open-modal").click()
    await page.locator("#answer_schema").fill('{"type": "list"}')
    await page.locator("#confirm").click()
    await expect(page.get_by_text("Schema 在 $.type 处有误")).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "structured-zh-phone.png")


TRIPS = rows_of(
    stop={"enum": ["Tokyo", "Paris", "Toronto"]},
    days={"type": "integer", "minimum": 1, "maximum": 9},
)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
async def test_an_answer_that_fits_a_schema_is_a_table_and_two_files(
    app: App, open_page: Any, size: dict[str, int], scheme: str
) -> None:
    page = await open_page(app.url, "en-US", size, scheme)
    await page.locator("#chat-profiles").click()
    await page.get_by_role("option", name="Structured answers").click()
    await page.get_by_text("The five largest cities").wait_for()
    await page.locator("#chat-settings-open-modal").click()
    await page.locator("#answer_schema").fill(json.dumps(TRIPS))
    await page.locator("#confirm").click()
    await expect(page.get_by_text(ENGLISH.settings_saved)).to_be_visible()
    await ask(page, "Plan a trip.")
    table = page.locator('[data-step-type="assistant_message"] table')
    await expect(table.locator("th")).to_have_text(["stop", "days"], timeout=60_000)
    await answered(page)
    rows = [await row.locator("td").all_inner_texts() for row in await table.locator("tbody tr").all()]
    files = {name: await _downloaded(page, name) for name in ("answer.json", "answer.csv")}
    answer = json.loads(files["answer.json"])
    validate(answer, TRIPS)
    assert rows == [[one["stop"], str(one["days"])] for one in answer]
    assert list(csv.reader(io.StringIO(files["answer.csv"].removeprefix("\ufeff")))) == [["stop", "days"], *rows]
    await page.screenshot(path=SCREENSHOTS / f"structured-en-{size['width']}.png")
    await page.reload()
    await expect(table.locator("th")).to_have_text(["stop", "days"])
    assert await _downloaded(page, "answer.json") == files["answer.json"]


async def _downloaded(page: Page, name: str) -> str:
    """The text of a file that the page offers."""
    async with page.expect_download() as download:
        await page.get_by_role("link", name=name).click()
    return Path(await (await download.value).path()).read_text("utf-8")


@pytest.fixture
async def formulas(launch: Callable[..., App]) -> AsyncIterator[App]:
    """An app over a server of OpenAI's protocol that answers with formulas: the built-in model knows none."""
    answer = [chunk({"content": "Energy is $E=mc^2$, and\n\n$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$"}, "stop")]
    async with serve(OpenAIServer()) as server:
        server.answers = [answer]
        with launch(ENGINE="remote", REMOTE_BASE_URL=server.url, MODEL="auto") as app:
            await asyncio.to_thread(app.wait_until_loaded)  # the server runs in our loop
            yield app


async def test_a_formula_is_set_with_what_this_host_has(formulas: App, open_page: Any) -> None:
    page = await open_page(formulas.url, "en-US")
    await ask(page, "Show me a formula.")
    await expect(page.locator(".katex")).to_have_count(2, timeout=30_000)
    fonts = await page.evaluate(
        "async () => { await document.fonts.ready;"
        " return [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family) }"
    )
    assert "KaTeX_Main" in {font.strip('"') for font in fonts}
    await page.screenshot(path=SCREENSHOTS / "formula-en.png")
    assert outside(page, formulas.url) == set()
