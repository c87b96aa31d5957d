"""Every control has a name, in the page's language: what a screen reader says where others see a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import Browser, Page

from dev.app_process import App
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.storyteller import storyteller
from tests.e2e.test_browser import answered, ask
from tests.e2e.visitor import people

CONTROLS = {
    "alertdialog", "button", "checkbox", "combobox", "dialog", "link", "listbox", "menu", "menuitem", "option",
    "searchbox", "slider", "spinbutton", "switch", "tab", "textbox",
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")
THE_SAME = {"Top P", "Qwen2.5-7B-Instruct"}  # in both languages


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    env = {"AUTH": "password", "ENGINE": "remote", "MODEL": "auto", "DATA_DIR": str(tmp_path_factory.mktemp("names"))}
    for name in ("anna", "bob"):  # a language each, so that the names of chats are in it
        people("add", name, password="correct horse", **env)
    with storyteller() as url, launch(REMOTE_BASE_URL=url, **env) as running:
        running.wait_until_loaded()
        yield running


async def controls(page: Page) -> list[tuple[str, str]]:
    """(role, name) of each control in the accessibility tree of the browser."""
    await page.wait_for_timeout(600)  # for names that page.js gives, and for what moves
    session = await page.context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    return [(role, name) for role, name in seen if role in CONTROLS]


def assert_named(seen: list[tuple[str, str]], language: str) -> None:
    assert seen
    wrong = [(role, name) for role, name in seen if name not in THE_SAME and bool(CHINESE.search(name)) != (
        language == "zh-CN"
    )]  # fmt: skip
    assert (wrong, [role for role, name in seen if not name.strip()]) == ([], [])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_every_control_has_a_name_in_the_pages_language(
    app: App, browser: Browser, language: str, size: dict[str, int]
) -> None:
    is_chinese = language == "zh-CN"
    context = await browser.new_context(locale=language, viewport=size)
    page = await context.new_page()
    await page.goto(app.url)
    await page.locator("#email").fill("anna" if is_chinese else "bob")
    assert_named(await controls(page), language)
    await page.locator("#password").fill("correct horse")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#mode-picker-trigger-model")
    assert await page.evaluate("document.documentElement.lang") == language
    assert_named(await controls(page), language)

    await ask(page, "广州几点?" if is_chinese else "Weather in Toronto?")
    await page.locator(".lucide-receipt-text").wait_for()
    await answered(page)
    assert_named(await controls(page), language)
    await page.locator(".edit-message").click()
    assert_named(await controls(page), language)

    for opened in ("#chat-settings-open-modal", "#theme-toggle", "#user-nav-button", "#mode-picker-trigger-model"):
        await page.locator(opened).click()
        assert_named(await controls(page), language)
        await page.keyboard.press("Escape")
    if size == PHONE:
        await page.locator("#sidebar-trigger-button").click()
        assert_named(await controls(page), language)
    for item in ("#rename-thread", "#delete-thread"):
        await page.locator("#thread-history li").first.hover()
        await page.locator("#thread-options").first.click()
        assert_named(await controls(page), language)
        await page.locator(item).click()
        assert_named(await controls(page), language)
        await page.keyboard.press("Escape")
    await page.locator("#search-chats-button").click()
    assert_named(await controls(page), language)
    await context.close()
