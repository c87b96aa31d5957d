"""How the page looks and reads: wide tables, headings, formulas; on paper, on a phone, by keys; a quiet console."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from dev.app_process import App
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS, becomes_true
from tests.e2e.showcase import COLUMNS, LAST
from tests.e2e.test_browser import answered, ask

EVERYTHING = {"zh-CN": "全部", "en-US": "everything"}
LONG = {"zh-CN": "长文", "en-US": "a long one"}
NAMES = {
    "zh-CN": ("你说", "助手说", "表格：列1", "代码：python", "公式", "脚注", "回到正文中的引用 2", "对话内容"),
    "en-US": (
        "You said", "Assistant said", "Table: Column 1", "Code: python", "Formula", "Footnotes", "Back to reference 2",
        "Conversation",
    ),
}  # fmt: skip
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en-US"])
TARGETS = """() => [...document.querySelectorAll(
    '#header :is(button, a), #message-composer :is(button, [role=button]), .ai-message button, .edit-message, ' +
    '#starters button, [data-sidebar=sidebar] :is(button, [role=button], a)'
)].filter(one => one.checkVisibility({visibilityProperty: true})).map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([one]) => one.ariaLabel || one.id || one.textContent)"""


async def tell(page: Page, question: str) -> Locator:
    """Ask, and see the whole answer; gives its last message."""
    usages = page.locator(".lucide-receipt-text")
    before = await usages.count()
    await ask(page, question)
    await expect(usages).to_have_count(before + 1)
    await answered(page)
    return page.locator(".step[data-step-type=assistant_message]").last


@SIZES
@LANGUAGES
async def test_a_wide_table_can_be_read_and_scrolled(
    showcase_app: App, open_page: Any, language: str, size: dict[str, int]
) -> None:
    page = await open_page(showcase_app.url, language, size)
    answer = await tell(page, EVERYTHING[language])
    table = answer.locator("[role=region]:has(> table)")
    await expect(table).to_have_attribute("tabindex", "0")
    for row in await table.locator("tr").all():
        box = await row.bounding_box()
        assert box
        assert box["height"] < 130
    cells = [await cell.bounding_box() for cell in await table.locator("tr:nth-child(2) td").all()]
    widths = [cell["width"] for cell in cells if cell]
    assert len(widths) == COLUMNS
    assert min(widths) >= 75
    assert max(widths) <= 360
    layers = await table.evaluate("one => getComputedStyle(one).backgroundAttachment")
    assert {layer.strip() for layer in layers.split(",")} == {"local", "scroll"}  # the shadow stays, its cover moves
    await page.screenshot(path=SCREENSHOTS / f"table-{language[:2]}-{size['width']}.png")

    await table.focus()
    await page.keyboard.press("ArrowRight")
    await becomes_true(table, "one => one.scrollLeft > 0")
    await table.evaluate("one => (one.scrollLeft = one.scrollWidth)")
    first, last, place = [
        await one.bounding_box()
        for one in (table.locator("tbody td").first, table.locator("tbody tr").first.locator("td").last, table)
    ]
    assert first
    assert last
    assert place
    assert abs(first["x"] - place["x"]) < 3
    assert abs(last["x"] + last["width"] - place["x"] - place["width"]) < 3
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@LANGUAGES
async def test_an_answer_can_be_heard_and_reached_by_keys(showcase_app: App, open_page: Any, language: str) -> None:
    you, assistant, table, code, formula, _, _, conversation = NAMES[language]
    page = await open_page(showcase_app.url, language)
    log = page.get_by_role("log", name=conversation)
    await ask(page, "a moment please")
    await page.get_by_text("moment 5 ").wait_for()
    await expect(log).to_have_attribute("aria-busy", "true")
    await answered(page)
    await expect(log).to_have_attribute("aria-busy", "false")
    await expect(log).to_have_attribute("aria-live", "polite")
    answer = await tell(page, EVERYTHING[language])
    await expect(answer.locator("> .sr-only")).to_have_text(assistant)
    await expect(page.locator(".step[data-step-type=user_message] > .sr-only")).to_have_text([you, you])
    for name in (table, code, formula):
        region = answer.get_by_role("region", name=name)
        await expect(region).to_have_count(1)
        await region.focus()
        await expect(region).to_be_focused()
    await page.set_viewport_size({"width": 3000, "height": 800})  # wide enough for none of it to need that
    small = await tell(page, "Hello")
    await expect(small.get_by_role("region")).to_have_count(0)


@LANGUAGES
async def test_headings_are_of_the_texts_size_and_footnotes_in_the_pages_language(
    showcase_app: App, open_page: Any, language: str
) -> None:
    footnotes, back = NAMES[language][5:7]
    page = await open_page(showcase_app.url, language)
    await tell(page, EVERYTHING[language])
    answer = await tell(page, EVERYTHING[language])
    sizes = [
        await answer.locator(f".message-content {level}").first.evaluate("one => getComputedStyle(one).fontSize")
        for level in ("h1", "h2", "h3", "h4")
    ]
    assert sizes == ["22px", "20px", "18px", "16px"]
    notes = answer.locator("[data-footnotes]")
    await expect(notes.get_by_role("heading")).to_have_text(footnotes)
    await expect(notes.get_by_role("link", name=back)).to_have_count(1)
    ids = await page.evaluate("[...document.querySelectorAll('.message-content [id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    await answer.locator("[data-footnote-ref]").last.evaluate(
        "link => { window.there = document.querySelector(link.hash) }"
    )
    assert await notes.evaluate("notes => notes.contains(window.there)")  # those of this answer


@LANGUAGES
async def test_on_paper_is_the_whole_chat_and_nothing_else(showcase_app: App, open_page: Any, language: str) -> None:
    page = await open_page(showcase_app.url, language, DESKTOP, "dark")
    await tell(page, EVERYTHING[language])
    await tell(page, LONG[language])
    pages = [one.extract_text() for one in PdfReader(io.BytesIO(await page.pdf(format="A4"))).pages]
    text = "\n".join(pages)
    assert len(pages) > 2
    assert _plain(LAST[language[:2]]) in _plain(pages[-1])
    assert _plain(text).count(_plain(LAST[language[:2]])) == 2
    for shown in (*NAMES[language][:2], EVERYTHING[language], "1-10", "item8"):
        assert _plain(shown) in _plain(text)
    for hidden in ("What would you like", "想聊点什么", "About", "关于", "Today", "今天", "Qwen"):
        assert hidden not in text
    await page.emulate_media(media="print", color_scheme="dark")
    look = (
        "one => ['backgroundColor', 'color'].map(which => getComputedStyle(one)[which].match(/[0-9.]+/g).map(Number))"
    )
    behind, text_colour = await page.locator("body").evaluate(look)
    assert min(behind[:3]) > 250
    assert max(text_colour[:3]) < 60
    shown = await page.evaluate(
        "['#header', '#message-composer', '[data-sidebar]', '.message-content ~ div button', '.edit-message']"
        ".filter(which => [...document.querySelectorAll(which)].some(one => one.checkVisibility()))"
    )
    assert shown == []


def _plain(text: str) -> str:
    """Without spaces and capitals; a PDF writes some Chinese characters as the radicals that look the same."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


@LANGUAGES
async def test_on_a_phone_nothing_leaves_the_screen_and_a_finger_hits_it(
    showcase_app: App, open_page: Any, language: str
) -> None:
    page = await open_page(showcase_app.url, language, PHONE)
    assert await page.evaluate(TARGETS) == []
    await page.locator("#chat-profiles").click()
    await page.get_by_role("option").last.hover()
    card = await page.locator("#chat-profile-description[data-state=open]").bounding_box()
    assert card
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= PHONE["width"]
    assert card["y"] + card["height"] <= PHONE["height"]
    await page.screenshot(path=SCREENSHOTS / f"profile-{language[:2]}-phone.png")
    await page.reload()
    await page.wait_for_selector("#mode-picker-trigger-model")
    await tell(page, "Weather in Toronto")
    answer = await tell(page, EVERYTHING[language])
    scrolls, clips = await answer.locator(".katex-display").evaluate(
        "one => [one.scrollWidth > one.clientWidth, one.getBoundingClientRect().right > innerWidth]"
    )
    assert (scrolls, clips) == (True, False)
    await page.locator("#chat-input").fill("\n".join(["A longer question."] * 6))  # which makes the box higher
    await becomes_true(
        page.locator("#message-composer"),
        "box => [...document.querySelectorAll('.step')].at(-1).getBoundingClientRect().bottom"
        " <= box.getBoundingClientRect().top",
    )
    assert await page.evaluate(TARGETS) == []
    await page.locator("#sidebar-trigger-button").click()
    await page.locator("#thread-history li").first.wait_for()
    await page.locator("#import-chat").wait_for()
    await page.screenshot(path=SCREENSHOTS / f"targets-{language[:2]}-phone.png")
    assert await page.evaluate(TARGETS) == []


async def watched(browser: Browser, url: str, language: str, **rest: Any) -> tuple[Page, list[str]]:
    """A page that was just opened, and what its console and its answers complain of."""
    page = await (await browser.new_context(locale=language, **rest)).new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    page.on("response", lambda one: said.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    await page.goto(url)
    return page, said


@LANGUAGES
async def test_the_first_page_is_calm_and_its_console_quiet(showcase_app: App, browser: Browser, language: str) -> None:
    page, said = await watched(browser, showcase_app.url, language)
    await page.wait_for_selector("#mode-picker-trigger-model")
    await page.wait_for_selector("#import-chat")
    await page.wait_for_load_state("networkidle")
    assert said == []
    note = page.locator("#thread-history [role=status]")
    if await note.count():  # whoever has chats already is told nothing
        look = await note.evaluate("one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderWidth]")
        assert look == ["rgba(0, 0, 0, 0)", "0px"]
    await page.context.close()


@LANGUAGES
async def test_no_chat_yet_is_said_calmly(login_app: App, browser: Browser, language: str) -> None:
    page, said = await watched(browser, login_app.url, language)
    await page.locator("#email").wait_for()
    await page.wait_for_load_state("networkidle")
    assert said == []
    await page.locator("#email").fill("anna")
    await page.locator("#password").fill("correct horse")
    await page.keyboard.press("Enter")
    note = page.locator("#thread-history [role=status]")
    await expect(note).to_have_text(
        {"zh-CN": "还没有对话，聊过的会列在这里。"}.get(language, "Your chats will be listed here.")
    )
    look = await note.evaluate("one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderWidth]")
    assert look == ["rgba(0, 0, 0, 0)", "0px"]
    await expect(note.locator("svg")).to_be_hidden()
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=SCREENSHOTS / f"first-{language[:2]}.png")
    assert said == []
    await page.context.close()
