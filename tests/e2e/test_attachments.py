"""Files that a person attaches, in a real browser: what the model gets of them, what is refused, where they lie."""

from __future__ import annotations

import asyncio
import base64
import re
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Response, expect

from dev.app_process import App
from tests.agent.attachments.files import pdf, word
from tests.agent.attachments.pdf_files import PAGE_OF_PICTURE, drawn, pdf_of, stream, widget
from tests.agent.engine.openai_server import OpenAIServer, serve
from tests.agent.engine.test_remote import chunk
from tests.e2e.conftest import PHONE, SCREENSHOTS
from tests.e2e.test_browser import answered, ask
from tests.e2e.visitor import Visitor

PEOPLE = "姓名,年龄\n张三,30\n"
HOSTILE = "<script>document.title = 'owned'; parent.document.title = 'owned'</script>"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(64)
LIMITS = {"ATTACHMENTS_MAX": "3", "ATTACHMENT_MAX_MB": "1", "ATTACHMENT_MAX_TOKENS": "1000"}


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with serve(OpenAIServer()) as running:
        running.answers = [[chunk({"content": "好的。"}, "stop")] for _ in range(9)]
        yield running


@pytest.fixture
def env(server: OpenAIServer, tmp_path: Path) -> dict[str, str]:
    """What an app is started with whose model keeps what it is asked, and so what a model gets of the files."""
    remote = {"ENGINE": "remote", "REMOTE_BASE_URL": server.url, "MODEL": "auto"}
    return remote | {"DATA_DIR": str(tmp_path / "data")} | LIMITS


@pytest.fixture
async def reading(launch: Callable[..., App], env: dict[str, str]) -> AsyncIterator[App]:
    with launch(**env) as app:
        await asyncio.to_thread(app.wait_until_loaded)  # the server runs in our loop
        yield app


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "", "buffer": content}


async def choose(page: Page, *files: dict[str, Any]) -> None:
    """By the button in the composer, whose dialog is the system's: Playwright fills in what that would give."""
    await page.locator("#upload-button-input").set_input_files(list(files))


async def bring(page: Page, event: str, place: str, name: str, content: bytes) -> None:
    """By drag and drop, or by pasting."""
    await page.evaluate(
        """([event, place, name, content]) => {
            const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name));
            const options = {bubbles: true, cancelable: true};
            document.querySelector(place).dispatchEvent(event == 'paste'
                ? new ClipboardEvent(event, {...options, clipboardData: data})
                : new DragEvent(event, {...options, dataTransfer: data}));
        }""",
        [event, place, name, base64.b64encode(content).decode()],
    )


async def test_the_model_gets_files_by_every_way_and_the_page_shows_them(
    reading: App, server: OpenAIServer, open_page: Any
) -> None:
    page = await open_page(reading.url, "zh-CN")
    async with page.expect_response("**/project/file*"):
        await choose(page, file("报告.pdf", pdf("第一页", "华东 12,300 元")))
    async with page.expect_response("**/project/file*"):
        await bring(page, "drop", '[id="#upload-drop-input"]', "people.csv", PEOPLE.encode("gb18030"))
    async with page.expect_response("**/project/file*"):
        await bring(page, "paste", "#chat-input", "notes.docx", word("一段话", [["甲", "乙"]]))
    await page.screenshot(path=SCREENSHOTS / "attached-zh.png")
    await ask(page, "总结一下")
    await expect(page.get_by_text("好的。")).to_be_visible(timeout=30_000)
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "attachments-zh.png")
    for name in ("报告.pdf", "people.csv", "notes.docx"):
        await expect(page.locator(f'a[download="{name}"]')).to_be_visible()
    await expect(page.get_by_text("“people.csv”按中文（GB18030）编码读取。")).to_be_visible()
    text = server.requests[0]["messages"][-1]["content"]
    assert "File 1: 报告.pdf (PDF, 2 pages)\n~~~\n[page 1]\n第一页\n[page 2]\n华东 12,300 元\n~~~" in text
    assert f"File 2: people.csv (text)\n~~~\n{PEOPLE}~~~" in text
    assert "File 3: notes.docx (Word)\n~~~\n一段话\n| 甲 | 乙 |\n~~~" in text
    assert text.endswith("\n总结一下")


async def test_a_character_set_that_was_guessed_and_what_could_not_be_read_are_said(
    reading: App, server: OpenAIServer, open_page: Any
) -> None:
    page = await open_page(reading.url, "en-US", PHONE)
    files = {
        "greek.txt": "Καλημέρα".encode("cp1253"),
        "log.txt": "a line, 好\n".encode() * 9 + b"\xff\n",
        "plain.md": b"plain",
    }
    for name, content in files.items():
        async with page.expect_response("**/project/file*"):
            await choose(page, file(name, content))
    await ask(page, "What is in them?")
    await expect(page.get_by_text("greek.txt was read as Greek (windows-1253). If it looks wrong")).to_be_visible()
    await expect(page.get_by_text("Characters of log.txt that could not be read: 1.")).to_be_visible()
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "attachments-charset-en-phone.png")
    await expect(page.get_by_text("plain.md was read")).to_have_count(0)
    text = server.requests[0]["messages"][-1]["content"]
    assert "~~~\nΚαλημέρα\n~~~" in text
    assert "windows-1253" not in text


async def test_parts_that_could_not_be_read_are_said_and_the_file_is_not_called_long(
    reading: App, server: OpenAIServer, open_page: Any
) -> None:
    page = await open_page(reading.url, "en-US", PHONE)
    async with page.expect_response("**/project/file*"):
        await choose(page, file("cut.rtf", rb"{\rtf1 one {\b two"))
    await ask(page, "What is in it?")
    await expect(page.get_by_text("Parts of cut.rtf could not be read: they are damaged")).to_be_visible()
    await answered(page)
    await expect(page.get_by_text("cut.rtf is long")).to_have_count(0)
    assert "one two\n~~~" in server.requests[0]["messages"][-1]["content"]


async def test_an_edited_message_keeps_its_files(reading: App, server: OpenAIServer, open_page: Any) -> None:
    page = await open_page(reading.url, "en-US")
    async with page.expect_response("**/project/file*"):
        await choose(page, file("notes.txt", b"the notes"))
    await ask(page, "first")
    await answered(page)
    await edit(page, "first", "second")
    assert asked(await request(server, 1)) == ["the notes", "second"]


async def test_a_question_keeps_its_files_in_a_chat_that_is_opened_again_after_a_restart_too(
    launch: Callable[..., App], env: dict[str, str], server: OpenAIServer, open_page: Any
) -> None:
    with launch(**env) as app:
        await asyncio.to_thread(app.wait_until_loaded)
        page = await open_page(app.url, "en-US")
        await upload(page, "notes.txt", b"the notes")
        await ask(page, "first")
        await answered(page)
        await page.wait_for_url("**/thread/*")
        place = page.url.removeprefix(app.url)
        await page.reload()
        await page.locator("svg.lucide-refresh-cw").click()
        assert asked(await request(server, 1)) == ["the notes", "first"]
        await answered(page)
    with launch(**env) as app:
        await asyncio.to_thread(app.wait_until_loaded)
        page = await open_page(app.url, "en-US")
        await page.goto(f"{app.url}{place}")
        await edit(page, "first", "second")
        assert asked(await request(server, 2)) == ["the notes", "second"]
        await answered(page)
        await expect(page.locator('a[download="notes.txt"]')).to_be_visible()


async def edit(page: Page, text: str, other: str) -> None:
    await page.locator('[data-step-type="user_message"]').get_by_text(text, exact=True).hover()
    await page.locator(".edit-message").first.click()
    await page.locator("#edit-chat-input").fill(other)
    await page.locator(".confirm-edit").click()


async def request(server: OpenAIServer, number: int) -> Any:
    """What the model was asked, as soon as it is."""
    async with asyncio.timeout(20):
        while len(server.requests) <= number:
            await asyncio.sleep(0.05)
    return server.requests[number]


def asked(request: Any) -> list[str]:
    """The one question of a request: the text of its file, and its own."""
    (_, question) = request["messages"]
    return [*re.findall(r"~~~\n(.*)\n~~~", question["content"]), question["content"].splitlines()[-1]]


async def test_what_does_not_fit_is_said_to_the_person_and_to_the_model_on_a_phone(
    reading: App, server: OpenAIServer, open_page: Any
) -> None:
    page = await open_page(reading.url, "en-US", PHONE)
    long = pdf(*(f"page {number}\n" + "a line of text\n" * 30 for number in range(1, 31)))
    files = [file("long.pdf", long), *(file(f"{name}.md", name.encode()) for name in ("one", "two", "three"))]
    for one in files:
        async with page.expect_response("**/project/file*"):
            await choose(page, one)
    await ask(page, "What is in them?")
    await expect(page.get_by_text("A message may have 3 files. Not read: three.md.")).to_be_visible(timeout=30_000)
    await expect(page.get_by_text("long.pdf is long: the model sees only its text up to page")).to_be_visible()
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "attachments-en-phone.png")
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    left = await page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('a[download]')].map(a => a.getBoundingClientRect().left))"
    )
    assert left >= 0
    text = server.requests[0]["messages"][-1]["content"]
    assert " of 30 of this file could be included" in text
    assert "three.md" not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", "“scan.pdf”的这些页没有读到文字，或者没有读全：2-4、6。"),
        ("en-US", "These pages of scan.pdf could not be read, or only in part: 2-4, 6."),
    ],
)
async def test_pages_that_could_not_be_read_are_said_to_the_person_and_to_the_model(
    reading: App, server: OpenAIServer, open_page: Any, language: str, said: str
) -> None:
    first, scan, broken = stream(drawn("What it is about")), stream(PAGE_OF_PICTURE), stream(b"garbage " * 50)
    typed = widget("Tx", (170, 695, 300, 713), "/T (f1) /V <FEFFD83500530061006D>")  # begins with half a character
    page = await open_page(reading.url, language)
    content = pdf_of([first, scan, scan, scan, stream(drawn("The end")), broken], annotations=[typed])
    await upload(page, "scan.pdf", content)
    await ask(page, "Sum up")
    await expect(page.get_by_text(said)).to_be_visible(timeout=30_000)
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / f"unread-{language}.png")
    assert (
        "File 1: scan.pdf (PDF, 6 pages)\n"
        "Pages 2-4, 6 could not be read, or only in part; say so where it matters.\n"
        "~~~\n[page 1]\nWhat it is about \ufffdSam\n[page 5]\nThe end\n~~~"
    ) in server.requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("language", "size", "refusals"),
    [
        ("zh-CN", None, ["不支持这种类型的文件", "文件有密码保护", "文件里没有文字", "文件超过 1 MB"]),
        (
            "en-US",
            PHONE,
            ["of a type that is not read here", "protected by a password", "no text in it", "larger than 1"],
        ),
    ],
)
async def test_a_file_that_is_refused_is_refused_in_words_and_costs_the_message_nothing(
    reading: App, server: OpenAIServer, open_page: Any, language: str, size: Any, refusals: list[str]
) -> None:
    page = await open_page(reading.url, language, *([size] if size else []))
    locked, large = pdf("secret", password="pw"), b"x" * 1_200_000
    async with page.expect_response("**/project/file*"):
        await choose(page, file("good.txt", b"good text"))
    bad = [("photo.txt", PNG), ("locked.pdf", locked), ("empty.md", b""), ("large.txt", large)]
    for (name, content), words in zip(bad, refusals, strict=True):
        await choose(page, file(name, content))
        await expect(page.get_by_text(words)).to_be_visible(timeout=30_000)
        await page.screenshot(path=SCREENSHOTS / f"refused-{name}-{language}.png")
    await ask(page, "hello")
    await expect(page.get_by_text("好的。")).to_be_visible(timeout=30_000)
    text = server.requests[0]["messages"][-1]["content"]
    assert "File 1: good.txt (text)\n~~~\ngood text\n~~~" in text
    assert text.endswith("\nhello")
    assert "File 2" not in text


async def upload(page: Page, name: str, content: bytes) -> Response:
    async with page.expect_response(lambda answer: "/project/file?" in answer.url) as answer:
        await choose(page, file(name, content))
    return await answer.value


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "script.js"])
async def test_no_browser_runs_what_was_uploaded(reading: App, open_page: Any, name: str) -> None:
    page = await open_page(reading.url, "en-US")
    picture = f'<svg xmlns="http://www.w3.org/2000/svg">{HOSTILE}</svg>'
    answer = await upload(page, name, (picture if name.endswith("svg") else HOSTILE).encode())
    url = answer.url.replace("/project/file?", f"/project/file/{(await answer.json())['id']}?")
    served = await page.request.get(url)
    assert served.status == 200
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["content-disposition"] == "attachment"
    assert served.headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert served.headers["x-content-type-options"] == "nosniff"
    title = await page.title()
    await page.evaluate(
        """url => Promise.all(['iframe', 'embed', 'object', 'script', 'img'].map(kind => new Promise(done => {
            const element = document.createElement(kind);
            element[kind == 'object' ? 'data' : 'src'] = url;
            element.onload = element.onerror = done;
            document.body.append(element);
            setTimeout(done, 1000);
        })))""",
        url,
    )
    assert await page.title() == title
    other = await page.context.new_page()
    async with other.expect_download():
        with pytest.raises(Exception, match=r"Download is starting|ERR_ABORTED"):
            await other.goto(url)
    assert await other.title() == ""


async def test_uploads_lie_where_nothing_acts_on_them_and_go_with_the_app(
    reading: App, project: Path, open_page: Any, tmp_path: Path
) -> None:
    page = await open_page(reading.url, "en-US")
    await upload(page, "../../app.py", b"raise SystemExit")
    (stored,) = [path for path in (tmp_path / "data" / "uploads").rglob("*") if path.is_file()]
    assert stored.suffix == ""
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "uploads" / str(reading.process.pid)).stat().st_mode) == 0o700
    assert not (project / ".files").exists()
    await asyncio.sleep(1)  # nothing may happen: Chainlit reloads within a fraction of this
    assert "Reloading app" not in reading.log.read_text()
    await asyncio.to_thread(reading.__exit__)
    assert list((tmp_path / "data" / "uploads").iterdir()) == []


async def test_uploads_outlive_a_hot_reload(reading: App, project: Path, tmp_path: Path) -> None:
    async with Visitor(reading.url) as visitor:  # a browser would load its page anew
        await visitor.connect()
        assert (await visitor.upload(b"before")).status_code == 200
        (stored,) = [path for path in (tmp_path / "data" / "uploads").rglob("*") if path.is_file()]
        (project / "web/chat/state.py").touch()
        await visitor.expect(lambda name, _: name == "reload")
        assert (await visitor.upload(b"after")).status_code == 200
        assert {one.read_bytes() for one in stored.parent.iterdir()} == {b"before", b"after"}
        assert not (project / ".files").exists()


async def test_the_built_in_model_answers_beside_a_file_it_cannot_use(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "zh-CN")
    await upload(page, "people.csv", PEOPLE.encode("gb18030"))
    await ask(page, "广州天气怎么样?")
    await expect(page.locator('[data-step-type="assistant_message"]').last).to_have_text(
        re.compile(r"\S"), timeout=60_000
    )
    await answered(page)
    await page.screenshot(path=SCREENSHOTS / "attachments-builtin-zh.png")
    await ask(page, "北京天气怎么样?")  # without a file: all is as it was
    await expect(page.locator('[data-step-type="assistant_message"]').last).to_contain_text("模拟", timeout=60_000)
    await answered(page)


async def test_a_file_longer_than_the_models_window_is_cut_and_not_refused(app: App, open_page: Any) -> None:
    page = await open_page(app.url, "en-US")
    await upload(page, "long.txt", b"The quick brown fox jumps over the lazy dog.\n" * 5000)
    await ask(page, "What's the weather in Toronto?")
    await expect(page.get_by_text("long.txt is long: the model sees only its first")).to_be_visible(timeout=60_000)
    await answered(page)
    await expect(page.get_by_text("longer than the model's window")).to_have_count(0)
