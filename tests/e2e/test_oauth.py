"""AUTH=oauth with a provider, in a browser: each person has their own chats, and who is not allowed stays outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from dev.app_process import App
from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.provider import Provider, provider
from tests.e2e.storyteller import storyteller
from tests.e2e.test_sidebar import listed, talk

CONTINUE = {"zh-CN": "继续使用Example", "en-US": "Continue with Example"}
REFUSED = {"zh-CN": "这个账号没有获准进入", "en-US": "this account is not admitted here"}


@pytest.fixture
def anyone() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture
def app(anyone: Provider, launch: Callable[..., App], tmp_path: Path) -> Iterator[App]:
    env = {"ENGINE": "remote", "MODEL": "auto", "DATA_DIR": str(tmp_path), "OAUTH_ALLOWED": "@example.com"}
    with storyteller() as url, launch(REMOTE_BASE_URL=url, **env, **anyone.env()) as running:
        running.wait_until_loaded()
        yield running


async def come(browser: Browser, app: App, language: str) -> Page:
    """Open the page in a new browser, and choose the provider."""
    page = await (await browser.new_context(locale=language)).new_page()
    await page.goto(app.url)
    await page.get_by_role("button", name=CONTINUE[language]).wait_for()
    await page.screenshot(path=SCREENSHOTS / f"login-oauth-{language[:2]}.png")
    await page.get_by_role("button", name=CONTINUE[language]).click()
    return page


async def test_a_provider_lets_people_in_to_their_own_chats(app: App, anyone: Provider, browser: Browser) -> None:
    anna = await come(browser, app, "en-US")
    await anna.wait_for_selector("#mode-picker-trigger-model")
    await talk(anna, "Anna was here")
    await anna.locator("#user-nav-button").click()
    await expect(anna.get_by_text("anna@example.com")).to_be_visible()
    await anna.context.close()

    anyone.address = "bob@example.com"
    bob = await come(browser, app, "en-US")
    await bob.wait_for_selector("#mode-picker-trigger-model")
    await talk(bob, "Bob was here")
    await expect(listed(bob)).to_have_text(["Bob was here"])
    await bob.context.close()

    anyone.address = "anna@example.com"
    again = await come(browser, app, "zh-CN")
    await expect(listed(again)).to_have_text(["Anna was here"])
    await listed(again).locator("a").click()
    await expect(again.get_by_text("There are 2 messages.")).to_be_visible()
    await again.locator("#user-nav-button").click()
    await again.get_by_role("menuitem").click()
    await again.get_by_role("button", name=CONTINUE["zh-CN"]).wait_for()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_who_is_not_allowed_reads_so(app: App, anyone: Provider, browser: Browser, language: str) -> None:
    anyone.address = "eve@elsewhere.example"
    page = await come(browser, app, language)
    await expect(page.get_by_text(REFUSED[language])).to_be_visible()
    assert not [cookie for cookie in await page.context.cookies() if cookie["name"].startswith("access_token")]
    await page.context.close()
