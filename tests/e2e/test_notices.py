"""What of ours stands in a chat beside the model's words: steps, lines, thoughts, refused settings, exports.

The model is a remote one of many moods.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dev.app_process import App
from dev.chat_client import Chat
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.e2e.moody_model import moody_model
from tests.e2e.storyteller import Storyteller
from tests.e2e.test_browser import answered, ask
from tests.e2e.test_kept_chats import reopen, shown
from web.texts import CHINESE, ENGLISH, Texts

LINE = "#root .step[data-step-type='run']"
ANSWER = "#root .step[data-step-type='assistant_message']"
TOOL = "#root .step[data-step-type='tool'] [id^='step-']:is(button, p)"
AGAIN = "button:has(.lucide-refresh-cw)"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A machine that is busy draws late."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def model() -> Iterator[Storyteller]:
    with moody_model() as running:
        yield running


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], model: Storyteller) -> Iterator[App]:
    with launch(ENGINE="remote", REMOTE_BASE_URL=model.url, MODEL="auto") as running:
        running.wait_until_loaded()
        yield running


async def seen(page: Any) -> list[str]:
    """What each step shows, without the names of speakers, which are for screen readers and come a moment later."""
    texts = await page.locator("#root .step").all_inner_texts()
    return [re.sub(r"^(You said|Assistant said|你说|助手说)\n", "", text).strip() for text in texts]


@pytest.mark.parametrize(("language", "texts"), [("zh-CN", CHINESE), ("en-US", ENGLISH)])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_chat_with_tools_a_stop_and_an_error(
    app: App, open_page: Any, language: str, texts: Texts, size: Any
) -> None:
    page: Page = await open_page(app.url, language, size)
    name = f"lines-{language[:2]}-{size['width']}"

    await ask(page, "weather")
    await answered(page)
    await expect(page.locator(TOOL)).to_have_text([texts.tool_name("get_current_weather")])
    await ask(page, "sum by zero")
    await answered(page)
    failed = f"{texts.tool_name('calculate')} · {texts.failures['tool_error']}"
    await expect(page.locator(TOOL).last).to_have_text(failed)
    await page.locator(TOOL).last.click()
    if texts is CHINESE:
        await expect(page.get_by_text("除以零没有结果。")).to_be_visible()
        await expect(page.get_by_text("Division")).to_have_count(0)
    await page.screenshot(path=SCREENSHOTS / f"{name}-tools.png")
    await page.locator(TOOL).last.click()

    await ask(page, "a story")
    await expect(page.locator(ANSWER).last).to_contain_text("word 3")
    await page.locator("#stop-button").click()
    await expect(page.locator(LINE, has_text=texts.ended_stopped)).to_be_visible()
    await expect(page.locator(f"{ANSWER}:has-text('word 3') {AGAIN}")).to_be_visible()
    await expect(page.locator(AGAIN)).to_have_count(1)
    await expect(page.locator(".lucide-thumbs-up")).to_have_count(3)
    await page.screenshot(path=SCREENSHOTS / f"{name}-stopped.png")

    await ask(page, "break")
    line = page.locator(LINE, has_text=texts.not_answered)
    await expect(line.locator(AGAIN)).to_be_visible()
    await expect(page.locator(LINE, has_text=texts.ended_stopped)).to_be_visible()  # those before stay
    await expect(page.locator(AGAIN)).to_have_count(1)
    await expect(page.locator(".lucide-thumbs-up")).to_have_count(3)
    await page.screenshot(path=SCREENSHOTS / f"{name}-broken.png")
    before = await seen(page)

    await page.reload()
    await expect(page.locator(LINE, has_text=texts.not_answered).locator(AGAIN)).to_be_visible()
    assert await seen(page) == before
    await page.locator(AGAIN).click()
    await expect(page.locator(LINE, has_text=texts.not_answered)).to_have_count(1)
    await ask(page, "hello")
    await answered(page)
    await expect(page.locator(ANSWER).last.locator(AGAIN)).to_be_visible()
    await expect(page.get_by_text(texts.not_answered)).to_have_count(0)


async def test_the_model_gets_no_line_of_ours(chat: Any, app: App, model: Storyteller) -> None:
    page = await chat("en-US")
    await page.start("a story")
    await page.first_text()
    await page.stop()
    assert ENGLISH.ended_stopped in (await page.ended()).lines
    await page.ask("hello")
    roles = [message["role"] for message in model.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "Stopped" not in json.dumps(model.requests[-1])


@pytest.mark.parametrize(("language", "during", "after"), [
    ("zh-CN", "思考中… 2 秒", "思考了 4 秒"), ("en-US", "Thinking… 2 s", "Thought for 4 s"),
])  # fmt: skip
async def test_a_model_that_thinks_shows_for_how_long_meanwhile_and_afterwards(
    app: App, open_page: Any, language: str, during: str, after: str
) -> None:
    page: Page = await open_page(app.url, language)
    await ask(page, "think")
    await page.get_by_text(during, exact=True).wait_for()
    await page.screenshot(path=SCREENSHOTS / f"thinking-{language[:2]}.png")
    await page.get_by_text(after, exact=True).wait_for()
    await answered(page)
    await expect(page.get_by_text("thought 4")).to_have_count(0)  # closed
    await page.reload()
    await page.get_by_text(after, exact=True).click()
    await expect(page.get_by_text("thought 4")).to_be_visible()
    await ask(page, "hello")
    await answered(page)
    await expect(page.get_by_text(after, exact=True)).to_be_visible()  # also once the chat has gone on


@pytest.mark.parametrize(("language", "texts"), [("zh-CN", CHINESE), ("en-US", ENGLISH)])
async def test_refused_settings_come_back_with_the_reason_and_those_before_stay(
    app: App, open_page: Any, model: Storyteller, language: str, texts: Texts
) -> None:
    page: Page = await open_page(app.url, language)
    await ask(page, "hello")
    await answered(page)
    reason = texts.settings_refused.format(label=texts.max_tokens.label, value="0", allowed="1 – 1,000,000")

    await _set(page, "#max_tokens", "0")
    await page.get_by_text(reason).wait_for()
    await expect(page.locator("#max_tokens")).to_have_value("0")  # what was filled in is not lost
    await page.screenshot(path=SCREENSHOTS / f"settings-refused-{language[:2]}.png")
    await page.wait_for_timeout(6000)  # longer than any note is shown
    await expect(page.get_by_text(reason)).to_be_visible()
    await page.locator("#max_tokens").fill("77")
    await page.locator("#confirm").click()
    await page.get_by_text(texts.settings_saved).wait_for()

    await _set(page, "#max_tokens", "-5")
    await page.locator("#chat-settings .refusal").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("#chat-settings").wait_for(state="detached")
    await ask(page, "hello")
    await answered(page)
    assert model.requests[-1]["max_tokens"] == 77
    await page.locator("#chat-settings-open-modal").click()
    await expect(page.locator("#max_tokens")).to_have_value("77")
    await expect(page.locator("#chat-settings .refusal")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.reload()
    await page.locator(AGAIN).wait_for()
    await page.locator("#chat-settings-open-modal").click()
    await expect(page.locator("#max_tokens")).to_have_value("77")


async def _set(page: Page, control: str, value: str) -> None:
    await page.locator("#chat-settings-open-modal").click()
    await page.locator(control).fill(value)
    await page.locator("#confirm").click()


@pytest.mark.parametrize("refused", [
    {"temperature": 9}, {"top_p": "all"}, {"max_tokens": None}, {"max_tokens": 0.5}, {"answer_schema": "{"},
    {"answer_schema": '{"type": "list"}'}, {"temperature": 0.1, "max_tokens": 0},
])  # fmt: skip
async def test_what_is_refused_is_not_kept_and_questions_go_on_with_what_was(
    chat: Any, app: App, model: Storyteller, refused: dict[str, Any]
) -> None:
    page = await chat("en-US")
    good = {"temperature": 0.3, "top_p": 0.8, "max_tokens": 99, "tools": [], "system_prompt": "Be kind."}
    await page.change_settings(good)
    await page.ask("hello")
    await page.change_settings(good | refused)
    answer = await page.ask("hello again")
    assert (answer.errors, answer.text) == ([], "There are 4 messages.")
    asked = model.requests[-1]
    assert (asked["temperature"], asked["top_p"], asked["max_tokens"]) == (0.3, 0.8, 99)
    await page.close()
    again = await reopen(app, page.thread_id)
    assert again.resumed["metadata"]["chat_settings"] == good
    await again.close()


async def test_a_refused_schema_leaves_the_profiles_own_in_force(app: App, open_page: Any, model: Storyteller) -> None:
    page: Page = await open_page(app.url, "zh-CN")
    await page.locator("#chat-profiles").click()
    await page.get_by_role("option", name="结构化回答").click()
    await page.locator("#chat-settings-open-modal").wait_for()
    await _set(page, "#answer_schema", '{"type": "list"}')
    await page.locator("#chat-settings .refusal").wait_for()
    await expect(page.locator("#answer_schema")).to_have_value('{"type": "list"}')
    await page.screenshot(path=SCREENSHOTS / "schema-refused-zh.png")
    await page.keyboard.press("Escape")
    await ask(page, "a table of cities")
    await expect(page.get_by_role("cell", name="Rome")).to_be_visible()


async def test_a_chat_is_mailed_in_the_readers_language(chat: Any) -> None:
    page = await chat("zh-CN")
    for question in ("天气", "sum", "strange", "think", "cut", "break"):
        await page.ask(question)
    text = await page.request(f"/chats/{page.thread_id}/export.md")
    tools = [line for line in text.splitlines() if line.startswith("🔧")]
    assert len(tools) == 3
    assert tools[0].startswith("🔧 天气(city: 广州) → ")
    assert tools[1] == "🔧 计算(expression: 3*4) → 12"
    assert tools[2] == f"🔧 Send a mail(to: …) → {CHINESE.failure_sentences['unknown_tool']}"
    assert "模型：Qwen2.5-7B-Instruct" in text
    assert "It is **fine**: 19.3 °C, a*b_c." in text
    assert "```python\nprint(1)\n```\n\n> 回答达到" in text
    for machinery in ("/public/", "\\.", "token ·", "thought 0", '{"', "on_message"):
        assert machinery not in text


async def test_a_stopped_turn_is_shown_alike_when_the_chat_is_opened_again(chat: Any, app: App) -> None:
    page: Chat = await chat("en-US")
    await page.start("silent")
    await asyncio.sleep(0.5)
    await page.stop()
    assert (await page.ended()).lines == [ENGLISH.ended_stopped]
    await page.close()
    again = await reopen(app, page.thread_id, "en-US")
    assert shown(again) == [("user_message", "silent"), ("run", ENGLISH.ended_stopped)]
    assert [action["name"] for action in again.actions] == ["again"]
    await again.close()
