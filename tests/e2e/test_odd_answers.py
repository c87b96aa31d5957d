"""A remote engine that says nothing, breaks off, or refuses, in the real app and in a real page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.app_process import App
from tests.agent.engine.openai_server import Body, Refusal, refuse, write
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.e2e.storyteller import Storyteller, chunk, overheard
from web.texts import ENGLISH

NO_FLAGS = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
STOP = chunk({}, "stop")
ANSWERS: dict[str, Any] = {
    "nothing": [STOP],
    "thoughts": [chunk({"reasoning": "Hm."}), STOP],
    "half": [chunk({"content": "Half a sentence that looks"})],
    "flags": Refusal(400, NO_FLAGS),
    "page": Body("<html>nginx</html>", kind="text/html"),
    "odd": [chunk({"content": "First."}), "not json"],
    "whole": Body(json.dumps({"choices": [{"message": {"content": "All at once."}}]})),
    "list": [chunk({"content": [{"type": "text", "text": "In parts."}]}), STOP],
    "emoji": [chunk({"content": "A \ud83d"}), chunk({"content": "\ude00"}), STOP],
}


class OddServer(Storyteller):
    """Answers a message by its name in the table; any other with the messages that it got."""

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = self.requests[-1]["messages"]
        answer = ANSWERS.get(messages[-1]["content"])
        if isinstance(answer, Refusal):
            return await refuse(writer, answer)
        if isinstance(answer, Body):
            return await write(writer, answer)
        said = json.dumps([message["content"] for message in messages if message["role"] != "system"])
        self.answers.append(answer or [chunk({"content": said}), STOP])
        return await super(Storyteller, self)._answer(reader, writer)


@pytest.fixture(scope="module")
def app(launch: Callable[..., App]) -> Iterator[App]:
    with overheard(OddServer()) as model, launch(ENGINE="remote", REMOTE_BASE_URL=model.url, MODEL="auto") as running:
        running.wait_until_loaded()
        yield running


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_each_odd_answer_is_a_sentence_and_the_chat_goes_on(app: App, open_page: Any, size: Any) -> None:
    page = await open_page(app.url, size=size)

    async def ask(text: str, told: str) -> None:
        await page.locator("#chat-input").click()
        await page.locator("#chat-input").fill(text)
        await page.keyboard.press("Enter")
        await page.get_by_text(told).last.wait_for(timeout=20_000)

    await ask("nothing", ENGLISH.ended_empty)
    await ask("thoughts", ENGLISH.ended_empty)
    await ask("half", ENGLISH.ended_broken)
    await page.screenshot(path=SCREENSHOTS / f"odd-answers-{size['width']}.png")
    await ask("flags", "--enable-auto-tool-choice --tool-call-parser hermes")
    await ask("page", "answers with a web page")
    await ask("odd", "cannot be read as an answer")
    await ask("whole", "All at once.")
    await ask("list", "In parts.")
    await ask("emoji", "A 😀")
    await page.screenshot(path=SCREENSHOTS / f"odd-answers-{size['width']}-2.png")
    await ask("history?", '"(no answer)"')
    assert ENGLISH.ended_error not in await page.inner_text("body")
    assert "(stopped)" not in (await page.inner_text("body")).split("history?")[-1].split("half")[0]
