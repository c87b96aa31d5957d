"""What axe-core finds on each page, in both languages, light and dark, at a desk and on a phone: nothing serious."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from dev.app_process import App
from tests.e2e.conftest import DESKTOP, PHONE, becomes_true
from tests.e2e.test_looks import EVERYTHING, LANGUAGES, tell

MOVED = (
    "() => document.getAnimations().every(one => one.playState !== 'running' || one.effect.getTiming().iterations > 9)"
)


async def faults(page: Page) -> list[str]:
    """Each serious or critical fault, with where it is."""
    await page.wait_for_timeout(300)  # for what page.js mends
    await becomes_true(page.locator("body"), MOVED)  # a colour in between is no fault
    found: Any = (await Axe().run(page)).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@LANGUAGES
async def test_axe_finds_nothing_serious(
    showcase_app: App,
    login_app: App,
    browser: Browser,
    open_page: Any,
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    found: dict[str, list[str]] = {}
    login = await (await browser.new_context(locale=language, viewport=size, color_scheme=scheme)).new_page()
    await login.goto(login_app.url)
    await login.locator("#email").wait_for()
    found["login"] = await faults(login)
    await login.locator("#password + button").wait_for()
    await login.locator("#email").fill("nobody")
    await login.locator("#password").fill("wrong")
    await login.keyboard.press("Enter")
    await login.get_by_role("alert").wait_for()
    found["login refused"] = await faults(login)

    page = await open_page(showcase_app.url, language, size, scheme)
    found["first page"] = await faults(page)
    await page.locator("#chat-settings-open-modal").click()
    found["settings"] = await faults(page)
    await page.locator("#chat-settings [cmdk-input]").click()
    found["tools in the settings"] = await faults(page)
    await page.keyboard.press("Escape")
    await page.reload()
    await page.wait_for_selector("#mode-picker-trigger-model")
    await tell(page, "广州天气怎么样?" if language == "zh-CN" else "Weather in Toronto?")
    await tell(page, EVERYTHING[language])
    await tell(page, EVERYTHING[language])
    found["answers"] = await faults(page)
    await page.locator("[data-step-type=tool] button[id^=step-]").click()
    await page.locator(".step:has(.lucide-receipt-text) button[id^=step-]").last.click()
    found["tool and usage opened"] = await faults(page)
    await tell(page, "a moment please")
    if size == PHONE:
        await page.locator("#sidebar-trigger-button").click()
        await page.locator("#thread-history li").first.wait_for()
        found["sidebar"] = await faults(page)
    await page.locator("#thread-history li").first.hover()
    await page.locator("#thread-options").first.click()
    await page.locator("#delete-thread").click()
    found["deletion"] = await faults(page)
    assert {where: what for where, what in found.items() if what} == {}
