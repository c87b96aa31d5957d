"""Questions that are sent while an answer runs: they wait in sight, go out in order, and can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from dev.app_process import App
from tests.e2e.conftest import PHONE, SCREENSHOTS, wait_until
from tests.e2e.showcase import show
from tests.e2e.storyteller import storyteller
from tests.e2e.test_browser import answered, ask
from tests.e2e.test_sidebar import is_new, listed

STORY = "讲一个很长的故事"  # of 20 seconds
WAITING = {"zh-CN": ("取回", "这次回答结束后发送"), "en-US": ("Take back", "Send after this answer")}


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    data_dir = str(tmp_path_factory.mktemp("queue"))
    with (
        storyteller(show) as url,
        launch(ENGINE="remote", REMOTE_BASE_URL=url, MODEL="auto", DATA_DIR=data_dir) as running,
    ):
        running.wait_until_loaded()
        yield running


def waiting(page: Page) -> Locator:
    return page.locator("#waiting-questions li")


def asked(page: Page) -> Locator:
    return page.locator(".step[data-step-type='user_message'] .message-content")


async def begin_story(page: Page, question: str = STORY) -> None:
    await ask(page, question)
    await page.locator("#stop-button").wait_for()
    await page.wait_for_url("**/thread/*")


async def stop(page: Page) -> None:
    await page.locator("#stop-button").click()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_two_questions_wait_and_go_out_by_themselves_in_order(app: App, open_page: Any, language: str) -> None:
    page = await open_page(app.url, language)
    await begin_story(page, "a moment please")
    await ask(page, "Hello one")
    await ask(page, "Hello two")
    await expect(waiting(page)).to_have_text(["Hello one", "Hello two"])
    await expect(page.locator("#chat-input")).to_have_value("")
    await expect(asked(page)).to_have_text(["a moment please"])
    await page.keyboard.type("half a dra")  # what is in the box is not what goes out
    await page.screenshot(path=SCREENSHOTS / f"queue-{language[:2]}.png")
    await expect(asked(page)).to_have_text(["a moment please", "Hello one", "Hello two"], timeout=15_000)
    await answered(page)
    await expect(page.get_by_text("There are 4 messages.")).to_be_visible()
    await expect(page.get_by_text("There are 6 messages.")).to_be_visible()
    await expect(waiting(page)).to_have_count(0)
    await expect(page.locator("#chat-input")).to_have_value("half a dra")
    await page.reload()
    await expect(asked(page)).to_have_text(["a moment please", "Hello one", "Hello two"])


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_a_question_is_taken_back_into_the_box_before_what_is_there(
    app: App, open_page: Any, language: str
) -> None:
    page = await open_page(app.url, language)
    await begin_story(page)
    for text in ("one", "two", "three"):
        await ask(page, text)
    await page.keyboard.type("draft")
    await page.get_by_role("button", name=f"{WAITING[language][0]}: two").click()
    await expect(waiting(page)).to_have_text(["one", "three"])
    await expect(page.locator("#chat-input")).to_have_value("two\ndraft")
    await expect(page.locator("#chat-input")).to_be_focused()
    await stop(page)
    await expect(asked(page)).to_have_text([STORY, "one", "three"], timeout=15_000)
    await answered(page)


async def test_stop_ends_the_answer_alone(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await begin_story(page)
    await ask(page, STORY + "!")
    await ask(page, "Hello")
    await stop(page)
    await expect(asked(page)).to_have_text([STORY, STORY + "!"])
    await expect(page.locator("#stop-button")).to_be_visible()
    await expect(waiting(page)).to_have_text(["Hello"])
    await expect(page.get_by_text("word 3 ").last).to_be_visible()
    await stop(page)
    await expect(asked(page)).to_have_text([STORY, STORY + "!", "Hello"])
    await wait_until(lambda: app.health()["turns"]["running"] == 0)


async def test_a_queue_is_of_its_chat(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await ask(page, "This one is old")
    await answered(page)
    await page.wait_for_url("**/thread/*")
    await page.locator("#new-chat-button").first.click()
    await is_new(page)
    await begin_story(page, STORY + " of the queue")
    await ask(page, "of the second chat")
    await expect(waiting(page)).to_have_count(1)
    await page.locator("#new-chat-button").first.click()
    await is_new(page)
    await expect(waiting(page)).to_have_count(0)
    await ask(page, "of the third chat")
    await page.locator(".lucide-receipt-text").wait_for()
    await expect(asked(page)).to_have_text(["of the third chat"])
    await listed(page, "This one is old").first.click()
    await expect(asked(page)).to_have_text(["This one is old"])
    await expect(waiting(page)).to_have_count(0)
    await listed(page, "of the queue").first.click()
    await expect(asked(page)).to_have_text([STORY + " of the queue", "of the second chat"], timeout=15_000)
    await answered(page)


async def test_a_queue_outlives_a_reload(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await begin_story(page, "a moment please")
    await ask(page, "Hello again")
    await page.reload()
    await expect(waiting(page)).to_have_text(["Hello again"])
    await expect(asked(page)).to_have_text(["a moment please", "Hello again"], timeout=15_000)
    await expect(waiting(page)).to_have_count(0)


async def test_keys_that_do_not_send(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    choose = """box => {
        for (const rest of [{isComposing: true}, {keyCode: 229}])
            box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...rest}));
    }"""
    box = page.locator("#chat-input")
    await box.fill("ni hao")
    await box.evaluate(choose)
    await ask(page, "!")
    await page.locator(".lucide-receipt-text").wait_for()
    await expect(asked(page)).to_have_text(["ni hao!"])
    await begin_story(page, STORY)
    await page.keyboard.type("one")
    await box.evaluate(choose)
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await expect(box).to_have_value("one\ntwo")
    await expect(waiting(page)).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(waiting(page)).to_have_text(["one\ntwo"])
    await page.keyboard.type("   ")
    await page.keyboard.press("Enter")
    await expect(waiting(page)).to_have_count(1)


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_a_finger_queues_by_a_button(app: App, open_page: Any, language: str) -> None:
    page = await open_page(app.url, language, PHONE)
    await begin_story(page)
    button = page.get_by_role("button", name=WAITING[language][1])
    await expect(button).to_have_count(0)
    await page.locator("#chat-input").fill("Hello")
    await expect(button).to_be_visible()
    sizes = [await one.bounding_box() for one in (button, page.locator("#stop-button"))]
    assert all(box and box["width"] >= 44 and box["x"] + box["width"] <= PHONE["width"] - 24 for box in sizes)
    await button.click()
    await expect(waiting(page)).to_have_text(["Hello"])
    await expect(button).to_have_count(0)
    await page.screenshot(path=SCREENSHOTS / f"queue-{language[:2]}-phone.png")


async def test_what_is_in_the_box_with_files_waits_there_and_goes_out_with_them(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await begin_story(page)
    await ask(page, "Hello")
    paste = """box => {
        const data = new DataTransfer();
        data.items.add(new File(['The plan.'], 'plan.txt', {type: 'text/plain'}));
        box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
    }"""
    await page.locator("#chat-input").evaluate(paste)
    await expect(page.get_by_text("plan.txt")).to_be_visible()
    await ask(page, "What is in it?")
    await expect(waiting(page)).to_have_text(["Hello", "What is in the box, with its files"])
    await expect(page.locator("#chat-input")).to_have_value("What is in it?")
    await stop(page)
    await expect(asked(page)).to_have_text([STORY, "Hello", "What is in it?"], timeout=15_000)
    await expect(page.locator(".step[data-step-type='user_message'] a.inline-file")).to_have_count(1)
    await expect(page.locator("#chat-input")).to_have_value("")


async def test_a_question_for_another_chat_or_from_another_window_is_not_taken(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await ask(page, "Hello")
    await answered(page)
    await page.wait_for_url("**/thread/*")
    for thread in ("00000000-0000-4000-8000-000000000000", "", None):
        said = json.dumps({"ask": "from elsewhere", "number": "1", "thread": thread})
        await page.evaluate(f"window.postMessage({said}, location.origin)")
    await ask(page, "Hello again")
    await expect(page.get_by_text("There are 4 messages.")).to_be_visible()
    await expect(asked(page)).to_have_text(["Hello", "Hello again"])


async def test_other_windows_can_neither_show_nor_reach_the_page(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await ask(page, "Hello")
    await answered(page)
    await page.evaluate("""() => {
        window.heard = [];
        window.addEventListener('message', ({ data }) => window.heard.push(data));
        const frame = document.body.appendChild(document.createElement('iframe'));
        const script = frame.contentDocument.createElement('script');
        script.text = "parent.postMessage({ gone: true }, '*')";
        frame.contentDocument.body.append(script);
        window.postMessage('own', location.origin);
    }""")
    await page.wait_for_function("window.heard.includes('own')")  # beside what the server says
    heard = "[window.heard.some(data => data.gone), window.parent === window, window.opener]"
    assert await page.evaluate(heard) == [False, True, None]
    elsewhere = await page.context.new_page()
    answer = f"<iframe src='{app.url}'></iframe><script>other = window.open('{app.url}')</script>"
    await elsewhere.route(
        "http://elsewhere.localhost/", lambda route: route.fulfill(body=answer, content_type="text/html")
    )
    async with page.context.expect_page() as opened:
        await elsewhere.goto("http://elsewhere.localhost/")
    await (await opened.value).locator("#chat-input").wait_for()
    assert await elsewhere.evaluate("other.closed")  # the page that it opened is out of its reach
    assert await elsewhere.frame_locator("iframe").locator("#chat-input").count() == 0
