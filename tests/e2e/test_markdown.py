"""What a real browser shows of a model's Markdown, and what of it is copied, exported and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Page

from dev.app_process import App
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.e2e.storyteller import chunk, storyteller
from web.texts import CHINESE, ENGLISH

ANSWER = r"""# 价格 $5 和 $6

Energy is \(E = mc^2\), and 设 $v=\frac{s}{t}$：

\[
\begin{aligned} a &= b \\[4pt] c &= d \end{aligned}
\]

- The apple costs $5 and the pear costs $3 each. **$148 → $19**
- Set $HOME and $PATH first, then \[x^2\] as well.<br>- so
- 约 3~5 天，温度 10~15 度。~~gone~~

> **注意：**请这是**“重点”**内容，使用**`code`**来。2*3*4
> \[ z = 1 \]

| 符号 | 说明 |
|---|---|
| \(|x|\) | 一<br>二，$7 到 $8 |

![Chart](https://pictures.example/a.png) Note:this is at https://a.example/x，谢谢。

```sh
echo $HOME ~ \(x\)"""
PIECES = 5  # characters in a piece, so that delimiters are cut in two
# Each formula as ⟦its source⟧, and the page's text as a person reads it.
READ = """([message]) => {
  const shown = message.cloneNode(true);
  for (const formula of shown.querySelectorAll('.katex')) {
    formula.textContent = `⟦${formula.querySelector('annotation').textContent}⟧`;
  }
  message.after(shown);
  const text = shown.innerText;
  shown.remove();
  return text;
}"""

# How many colors a text has that KaTeX cannot set, with the text around it: as KaTeX marks it, and as React writes it.
COLORS = """() => {
  const answer = document.querySelector('.ai-message .message-content');
  const marked = '<i class="katex-error" style="color: #cc0000">a</i>'
    + '<i class="katex"><i style="color:#cc0000">b</i><i style="color: rgb(204, 0, 0);">c</i></i>';
  answer.insertAdjacentHTML('beforeend', marked);
  const shown = [answer, ...answer.querySelectorAll('i.katex-error, i.katex i')];
  const colors = new Set(shown.map((one) => getComputedStyle(one).color));
  answer.querySelectorAll(':scope > i').forEach((one) => one.remove());
  return shown.length === 4 ? colors.size : 0;
}"""


def decide(messages: list[dict[str, Any]]) -> list[Any]:
    pieces = [ANSWER[at : at + PIECES] for at in range(0, len(ANSWER), PIECES)]
    return [*(part for piece in pieces for part in (0.02, chunk({"content": piece}))), chunk({}, "stop")]


@pytest.fixture(scope="module")
def asked() -> list[list[dict[str, Any]]]:
    """The messages of each request that the model got."""
    return []


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], asked: list[list[dict[str, Any]]]) -> Iterator[App]:
    def noting(messages: list[dict[str, Any]]) -> list[Any]:
        asked.append(messages)
        return decide(messages)

    # A reload on a busy machine takes longer than the tests' usual grace for a closed tab.
    remote = {"ENGINE": "remote", "MODEL": "auto", "CLOSED_TAB_GRACE_S": "30"}
    with storyteller(noting) as url, launch(REMOTE_BASE_URL=url, **remote) as running:
        running.wait_until_loaded()
        yield running


async def ask(page: Page, text: str) -> None:
    """Ask, and wait for its usage."""
    before = await page.locator(".step:has(.lucide-receipt-text)").count()
    await page.fill("#chat-input", text)
    await page.keyboard.press("Enter")
    await page.locator(".step:has(.lucide-receipt-text)").nth(before).wait_for()


async def check(page: Page, not_loaded: str) -> None:
    """That the last answer is shown as it was meant."""
    message = page.locator(".step[data-step-type=assistant_message] .message-content").last
    text = await page.evaluate(READ, [await message.element_handle()])
    for part in (
        "价格 $5 和 $6",
        "Energy is ⟦E = mc^2⟧, and 设 ⟦v=\\frac{s}{t}⟧：",
        "⟦\\begin{aligned} a &= b \\\\[4pt] c &= d \\end{aligned}⟧",
        "The apple costs $5 and the pear costs $3 each. $148 → $19",
        "Set $HOME and $PATH first, then\n⟦x^2⟧\nas well.\n- so",
        "约 3~5 天，温度 10~15 度。gone",
        "注意：请这是“重点”内容，使用code来。2*3*4\n⟦z = 1⟧",
        "⟦\\vert x\\vert⟧\t一\n二，$7 到 $8",
        f"Chart · {not_loaded} · https://pictures.example/a.png Note:this is at https://a.example/x，谢谢。",
        "echo $HOME ~ \\(x\\)",
    ):
        assert part in text
    counts = {which: await message.locator(which).count() for which in (".katex", ".katex-display", ".katex-error")}
    assert counts == {".katex": 6, ".katex-display": 3, ".katex-error": 0}
    assert await message.locator("del").all_inner_texts() == ["gone"]
    assert await message.locator(".font-bold").all_inner_texts() == ["$148 → $19", "注意：", "“重点”", "code"]
    assert await message.locator("img").count() == 0
    assert await message.locator("[href='https://a.example/x']").count() == 1
    assert await message.locator("li").count() == 3


@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("en-US", DESKTOP, "light"), ("zh-CN", PHONE, "dark")], ids=["desktop", "phone"]
)
async def test_an_answer_is_shown_as_it_was_meant_and_kept_as_it_was_written(
    app: App,
    open_page: Any,
    asked: list[list[dict[str, Any]]],
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    page = await open_page(app.url, language, size, scheme)
    not_loaded = (CHINESE if language == "zh-CN" else ENGLISH).picture_not_loaded
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await ask(page, "costs $5 and $3, \\(x\\)?")
    await check(page, not_loaded)
    assert errors == []
    assert await page.evaluate(COLORS) == 1
    assert not [address for address in page.requested if "pictures.example" in address]
    await page.screenshot(path=SCREENSHOTS / f"markdown-{scheme}.png")

    question = page.locator(".step[data-step-type=user_message]").last
    assert "costs $5 and $3, \\(x\\)?" in await question.inner_text()
    await page.locator("button:has(> svg.lucide-copy)").last.click()
    await page.locator("button:has(> svg.lucide-check)").last.wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == ANSWER

    await page.reload()
    await page.wait_for_selector(".step[data-step-type=assistant_message] .katex")
    await check(page, not_loaded)
    address = f"/chats/{page.url.rpartition('/')[2]}"
    step = await page.locator("[id^=step-]:has(.katex)").last.get_attribute("id")
    assert step is not None
    kept = await page.request.get(f"{app.url}{address}/steps/{step.removeprefix('step-')}")
    assert await kept.text() == ANSWER
    assert (await page.request.get(f"{app.url}{address}/steps/{'0' * 8}")).status == 404
    assert (await page.request.get(f"{app.url}/chats/{'0' * 8}/steps/{step.removeprefix('step-')}")).status == 404
    assert ANSWER in await (await page.request.get(f"{app.url}{address}/export.md")).text()
    await ask(page, "more")
    assert [message["content"] for message in asked[-1] if message["role"] == "assistant"] == [ANSWER]


async def test_a_page_that_is_loaded_anew_in_the_middle_goes_on(app: App, open_page: Any) -> None:
    page = await open_page(app.url)
    await page.fill("#chat-input", "go")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".katex")
    await page.wait_for_url("**/thread/*")
    await page.reload()
    await page.locator(".step:has(.lucide-receipt-text)").wait_for()
    await check(page, ENGLISH.picture_not_loaded)
    assert await page.locator(".step[data-step-type=assistant_message]").count() == 1
