"""Measures the page in a real browser: opening a long kept chat, and typing, there and while a long answer streams.

    python -m dev.bench.browser

Needs `/usr/bin/chromium`. The model is a server of OpenAI's protocol in this process, which writes Markdown at a fixed
pace, so that what is measured is the page. Prints one JSON object; a key's latency is the time from a key to the next
frame that the browser paints.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from chainlit.utils import utc_now
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dev.app_process import App, copy_project, free_port
from web.store.transcripts import Transcript, to_json

MESSAGES = 300
CHARACTERS = 30_000
CHARACTERS_A_S = 600  # some 150 tokens a second
PIECE = 12
PARAGRAPH = (
    "## Part {number}\n\nThe **weather** in Guangzhou is light rain, 21 °C, and will stay so for `{number}` hours:\n\n"
    "- wind from the south, *weak*\n- humidity 80 %\n\n```python\nprint({number})\n```\n\n"
)
KEY_EVERY_S = 0.12

# For each key: from its event to the end of the frame that shows it.
WATCH_KEYS = """() => {
    window.latencies = [];
    window.addEventListener('keydown', (event) => {
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.latencies.push(performance.now() - event.timeStamp);
            channel.port2.postMessage(0);
        });
    });
}"""


def answer_text(characters: int) -> str:
    """Markdown of so many characters."""
    numbers = range(characters // len(PARAGRAPH) + 2)
    return "".join(PARAGRAPH.format(number=number) for number in numbers)[:characters]


async def complete(_: Request) -> Response:
    """A long answer, as `vllm serve` streams it."""

    def line(delta: dict[str, str], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "page", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n"

    async def lines() -> AsyncIterator[str]:
        text, began = answer_text(CHARACTERS), time.monotonic()
        for place in range(0, len(text), PIECE):
            yield line({"content": text[place : place + PIECE]})
            await asyncio.sleep(max(0.0, began + place / CHARACTERS_A_S - time.monotonic()))
        yield line({}, "stop") + "data: [DONE]\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


async def models(_: Request) -> Response:
    return JSONResponse({"object": "list", "data": [{"id": "page", "object": "model", "created": 1, "owned_by": "us"}]})


@contextmanager
def model() -> Iterator[str]:
    """The address of such a model."""
    port = free_port()
    routes = [Route("/v1/models", models), Route("/v1/chat/completions", complete, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join()


def long_chat() -> str:
    """An exported chat of `MESSAGES` messages; before each answer there is a tool's step."""
    steps: list[dict[str, Any]] = []

    def add(kind: str, output: str, parent: str | None = None, **fields: Any) -> str:
        name = str(uuid.uuid4())
        common = {"id": name, "parentId": parent, "type": kind, "createdAt": utc_now()}
        rest = {"input": "", "metadata": {}, "streaming": False, "isError": False, "name": kind, "output": output}
        steps.append(common | rest | {"start": utc_now(), "end": utc_now()} | fields)
        return name

    for number in range(MESSAGES // 2):
        add("user_message", f"How is the weather, for the time number {number}?")
        run = add("run", "", name="on_message")
        add(
            "tool",
            '{"temperature_c": 21}',
            run,
            name="Weather · 0.1 s",
            input='{"city": "Guangzhou"}',
            showInput="json",
        )
        add("assistant_message", answer_text(400) + f"\n\nEnd of answer {number}.", run)
    thread: Any = {"name": "A long chat", "createdAt": utc_now(), "metadata": {}, "tags": [], "steps": steps}
    return to_json(Transcript(thread, {"messages": [], "start": 0}))


async def type_for(page: Page, seconds: float) -> dict[str, float]:
    """Type at a person's pace; milliseconds from a key to its frame."""
    await page.evaluate("() => { window.latencies.length = 0 }")
    await page.locator("#chat-input").focus()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await page.keyboard.press("a")
        await asyncio.sleep(KEY_EVERY_S)
    found = sorted(await page.evaluate("() => window.latencies"))
    return {
        "keys": len(found),
        "p50_ms": round(statistics.median(found), 1),
        "p95_ms": round(found[int(len(found) * 0.95)], 1),
        "longest_ms": round(found[-1], 1),
    }


async def measure(url: str, folder: Path) -> dict[str, Any]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await (await chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 800})).new_page()
        await page.goto(url)
        await page.wait_for_selector("#mode-picker-trigger-model")
        report: dict[str, Any] = {"messages": MESSAGES, "characters": CHARACTERS}

        exported = folder / "long.json"
        exported.write_text(long_chat(), "utf-8")
        await page.goto(f"{url}/import")
        await page.locator("input[type=file]").set_input_files(exported)
        await page.locator("form > button").click()
        await page.wait_for_selector("#mode-picker-trigger-model")
        opened = []
        for _ in range(5):
            await page.goto(url)
            link = page.locator("#thread-history a")
            await link.wait_for()
            await page.wait_for_timeout(1000)
            began = time.perf_counter()
            await link.click()
            await page.get_by_text(f"End of answer {MESSAGES // 2 - 1}.").wait_for()
            opened.append(time.perf_counter() - began)
        report["open_long_chat_s"] = round(statistics.median(opened), 2)
        await page.wait_for_timeout(1000)
        await page.evaluate(WATCH_KEYS)
        report["typing_in_long_chat"] = await type_for(page, 10)

        await page.goto(url)
        await page.wait_for_selector("#chat-settings-open-modal")
        await page.evaluate(WATCH_KEYS)
        report["typing_in_empty_chat"] = await type_for(page, 5)
        await page.locator("#chat-input").fill("Write much.")
        await page.keyboard.press("Enter")
        await page.locator("#stop-button").wait_for()
        report["typing_while_it_streams"] = await type_for(page, CHARACTERS / CHARACTERS_A_S - 5)
        began = time.perf_counter()
        await page.locator("#stop-button").wait_for(state="detached", timeout=120_000)
        report["end_after_s"] = round(time.perf_counter() - began, 2)
        await chromium.close()
        return report


def main() -> None:
    with tempfile.TemporaryDirectory() as name, model() as address:
        folder = Path(name)
        env = {"ENGINE": "remote", "MODEL": "auto", "REMOTE_BASE_URL": address, "DATA_DIR": str(folder / "data")}
        with App(copy_project(folder / "copy"), log=folder / "app.log", **env) as app:
            app.wait_until_loaded()
            print(json.dumps(asyncio.run(measure(app.url, folder)), indent=1))


if __name__ == "__main__":
    main()
