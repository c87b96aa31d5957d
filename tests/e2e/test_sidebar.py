"""The list of kept chats as people use it: found, searched, renamed, deleted, imported; by mouse, finger and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from dev.app_process import App
from tests.e2e.conftest import PHONE, SCREENSHOTS, becomes_true, wait_until
from tests.e2e.storyteller import storyteller
from tests.e2e.test_browser import answered, ask

NOBODYS = "00000000-0000-4000-8000-000000000000"
APP_NAME = "清谈 Qingtan"
COLOUR = "one => getComputedStyle(one).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
WORDS = {
    "zh-CN": ("重命名", "删除", "确认", "未找到对话", "导入对话"),
    "en-US": ("Rename", "Delete", "Confirm", "No chats found", "Import a chat"),
}


@pytest.fixture
def app(launch: Callable[..., App], tmp_path: Path) -> Iterator[App]:
    """One whose chats are those of the test."""
    with (
        storyteller() as url,
        launch(ENGINE="remote", REMOTE_BASE_URL=url, MODEL="auto", DATA_DIR=str(tmp_path)) as running,
    ):
        running.wait_until_loaded()
        yield running


async def talk(page: Page, text: str) -> None:
    """Ask in the chat that is open, and see the answer."""
    await ask(page, text)
    await page.locator(".lucide-receipt-text").last.wait_for()
    await answered(page)


async def begin(page: Page, text: str) -> None:
    """Ask in a new chat."""
    await page.locator("#new-chat-button").first.click()
    await is_new(page)
    await talk(page, text)


async def is_new(page: Page) -> None:
    """Wait until a new chat is there, and connected: its settings come from the server."""
    await page.locator("#starters").wait_for()
    await page.locator("#chat-settings-open-modal").wait_for()


def listed(page: Page, name: str = "") -> Locator:
    return page.locator("#thread-history li", has_text=name)


async def choose(page: Page, name: str, what: str) -> None:
    """Take an entry of a chat's menu."""
    await listed(page, name).hover()
    await listed(page, name).locator("#thread-options").click()
    await page.get_by_role("menuitem", name=what).click()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_chats_are_listed_found_renamed_and_deleted(app: App, open_page: Any, language: str) -> None:
    rename, delete, confirm, nothing_found, _ = WORDS[language]
    page = await open_page(app.url, language)
    await talk(page, "广州天气怎么样?")
    await begin(page, "Hello there")
    await expect(listed(page)).to_have_text(["Hello there", "广州天气怎么样?"])
    await page.reload()
    await expect(listed(page)).to_have_text(["Hello there", "广州天气怎么样?"])

    await page.locator("#search-chats-button").click()
    found = page.get_by_role("dialog").get_by_role("option")
    await expect(found).to_have_count(2)
    await page.keyboard.type('CONDITION_ZH"')  # of the tool's result, which the answer repeats
    await expect(found).to_have_text(["广州天气怎么样?"])
    await page.screenshot(path=SCREENSHOTS / f"search-{language[:2]}.png")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("nobody said this")
    await expect(page.get_by_role("dialog").get_by_text(nothing_found)).to_be_visible()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("there are 2")
    await expect(found).to_have_text(["Hello there"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("There are 2 messages.")).to_be_visible()

    await choose(page, "广州", rename)
    await page.get_by_role("dialog").get_by_role("textbox").fill("南方的天气")
    await page.get_by_role("button", name=confirm).click()
    await expect(listed(page)).to_have_text(["Hello there", "南方的天气"])
    await page.reload()
    await expect(listed(page)).to_have_text(["Hello there", "南方的天气"])

    await choose(page, "Hello", delete)
    await page.screenshot(path=SCREENSHOTS / f"delete-{language[:2]}.png")
    await page.get_by_role("alertdialog").get_by_role("button", name=delete).click()
    await expect(listed(page)).to_have_text(["南方的天气"])
    await page.reload()
    await expect(listed(page)).to_have_text(["南方的天气"])


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_the_list_and_the_tab_say_which_chat_is_open(app: App, open_page: Any, language: str) -> None:
    current = "#thread-history a[aria-current=page]"
    page = await open_page(app.url, language)
    await expect(page).to_have_title(APP_NAME)
    await talk(page, "广州天气怎么样?")
    await expect(page.locator(current)).to_have_text("广州天气怎么样?")
    await expect(page.locator("#thread-history [data-active=true]")).to_have_text("广州天气怎么样?")
    await expect(page).to_have_title(f"广州天气怎么样? · {APP_NAME}")
    await page.locator("#new-chat-button").first.click()
    await is_new(page)
    await expect(page.locator(current)).to_have_count(0)
    await expect(page.locator("#thread-history [data-active=true]")).to_have_count(0)
    await expect(page).to_have_title(APP_NAME)
    await talk(page, "Hello there")
    await expect(page.locator(current)).to_have_text("Hello there")
    await listed(page, "广州").click()
    await expect(page.locator(current)).to_have_text("广州天气怎么样?")
    await expect(page).to_have_title(f"广州天气怎么样? · {APP_NAME}")

    await choose(page, "广州", WORDS[language][0])
    await page.get_by_role("dialog").get_by_role("textbox").fill("南方 <b>的</b> 天气")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(current)).to_have_text("南方 <b>的</b> 天气")
    await expect(page).to_have_title(f"南方 <b>的</b> 天气 · {APP_NAME}")
    await page.reload()
    await expect(page).to_have_title(f"南方 <b>的</b> 天气 · {APP_NAME}")


async def test_on_a_phone_the_tab_has_the_name_of_a_chat_that_is_opened_again(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US", PHONE)
    await talk(page, "Hello there")
    await expect(page).to_have_title(f"Hello there · {APP_NAME}")
    await page.locator("#sidebar-trigger-button").click()
    await choose(page, "Hello", "Rename")
    await page.get_by_role("dialog").get_by_role("textbox").last.fill("Renamed")
    await page.keyboard.press("Enter")
    await expect(page).to_have_title(f"Renamed · {APP_NAME}")
    await page.reload()
    await expect(page).to_have_title(f"Renamed · {APP_NAME}")


async def test_enter_that_chooses_a_chinese_word_does_not_rename(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "zh-CN")
    await talk(page, "Hello there")
    await choose(page, "Hello", "重命名")
    await (
        page.get_by_role("dialog")
        .get_by_role("textbox")
        .evaluate(
            "box => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
        )
    )
    await expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "title"), [("zh-CN", "删除“Hello $& there”？"), ("en-US", "Delete “Hello $& there”?")]
)
@pytest.mark.parametrize("key", [False, True], ids=["mouse", "keys"])
async def test_the_dialog_before_a_deletion_names_the_chat_and_its_button_is_red(
    app: App, open_page: Any, language: str, title: str, key: bool
) -> None:
    page = await open_page(app.url, language)
    await talk(page, "Hello $& there")
    await begin(page, "Another one")
    if key:
        await page.locator("#thread-options[role=button]").last.press("Enter")
        await expect(page.get_by_role("menuitem").first).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem").last).to_be_focused()
        await page.keyboard.press("Enter")
    else:
        await choose(page, "Hello", WORDS[language][1])
    dialog = page.get_by_role("alertdialog", name=title)
    await expect(dialog).to_be_visible()
    button = dialog.get_by_role("button", name=WORDS[language][1])
    await becomes_true(
        button, f"one => {{ const [red, ...rest] = ({COLOUR})(one); return red - Math.max(...rest) > 80 }}"
    )
    await button.click()
    await expect(listed(page)).to_have_text(["Another one"])


async def test_after_the_open_chat_is_deleted_a_new_one_is_open(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US")
    await talk(page, "Hello there")
    await page.reload()
    await ask(page, "讲一个很长的故事")
    await expect(page.get_by_text("word 5 ")).to_be_visible()
    await choose(page, "Hello", "Delete")
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await is_new(page)
    await expect(page).to_have_url(f"{app.url}/")
    await expect(page.locator(".step[data-step-type='user_message']")).to_have_count(0)
    await wait_until(lambda: app.health()["turns"]["running"] == 0)
    await talk(page, "Another one")
    await expect(listed(page)).to_have_text(["Another one"])
    await page.reload()
    await expect(page.get_by_text("There are 2 messages.")).to_be_visible()
    await expect(listed(page)).to_have_text(["Another one"])


async def test_keys_alone_reach_a_chats_menu(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US")
    await talk(page, "Hello there")
    menu = page.get_by_role("button", name="Chat menu: Hello there")
    await menu.wait_for(state="attached")
    await page.get_by_role("link", name="Hello there").press("Tab")
    await expect(menu).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("By keys")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="By keys")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_a_chat_is_exported_and_imported_on_a_phone(
    app: App, open_page: Any, tmp_path: Path, language: str
) -> None:
    page = await open_page(app.url, language, PHONE, "dark")
    await talk(page, "Hello there")
    async with page.expect_download() as download:
        await page.locator("button:has(> .lucide-file-braces)").click()
    exported = tmp_path / "chat.json"
    await (await download.value).save_as(exported)
    await page.locator("#sidebar-trigger-button").click()
    await page.screenshot(path=SCREENSHOTS / f"sidebar-{language[:2]}-phone.png")
    await page.get_by_role("link", name=WORDS[language][4]).click()
    await page.locator("input[type=file]").set_input_files(exported)
    await page.locator("form > button").click()
    await expect(page.get_by_text("There are 2 messages.")).to_be_visible()
    await page.locator("#sidebar-trigger-button").click()
    await expect(listed(page)).to_have_text(["Hello there", "Hello there"])


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "你的对话里没有这一个"), ("en-US", "no such chat")])
async def test_a_link_to_a_chat_leads_there_past_the_login_or_says_that_there_is_none(
    app: App, open_page: Any, browser: Browser, language: str, said: str
) -> None:
    page = await open_page(app.url, language)
    await talk(page, "Hello there")
    await page.wait_for_url("**/thread/*")
    stranger = await browser.new_context(locale=language)  # has no cookie yet, so it is led to the login
    elsewhere = await stranger.new_page()
    await elsewhere.goto(page.url)
    await expect(elsewhere.get_by_text("There are 2 messages.")).to_be_visible()
    await elsewhere.goto(f"{app.url}/thread/{NOBODYS}")
    await expect(elsewhere.get_by_text(said)).to_be_visible()
    await expect(elsewhere).to_have_url(f"{app.url}/")
    await elsewhere.reload()
    await is_new(elsewhere)
