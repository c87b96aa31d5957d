"""A remote model that does what a test needs: calls a tool for weather and time, and tells a story that takes a while.

What it says follows from the messages that it gets, so it shows what the app has kept of a chat. Runs in a thread.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.agent.engine.openai_server import OpenAIServer, Refusal, serve

WORDS = 400  # of a story, told at 20 words a second
CITY = re.compile(r"广州|上海|多伦多|Toronto|Paris")


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "story", "choices": [choice]}


def call(name: str, city: str) -> list[Any]:
    function = {"name": name, "arguments": json.dumps({"city": city}, ensure_ascii=False)}
    wanted = {"index": 0, "id": f"call-{name}", "type": "function", "function": function}
    return [chunk({"tool_calls": [wanted]}), chunk({}, "tool_calls")]


def decide(messages: list[dict[str, Any]]) -> list[Any]:
    """The answer to a chat: a call, the result of one, a story, or how many messages there are."""
    last = messages[-1]
    asked = [message["content"] for message in messages if message["role"] == "user"]
    if last["role"] == "tool":
        return [chunk({"content": f"The result is {last['content'][:60]}."}), chunk({}, "stop")]
    if "故事" in last["content"]:
        return [
            *(part for number in range(WORDS) for part in (0.05, chunk({"content": f"word {number} "}))),
            chunk({}, "stop"),
        ]
    if city := CITY.search(last["content"]):
        about_time = [("几点" in text) for text in asked if CITY.search(text) and ("几点" in text or "天气" in text)]
        return call("get_current_time" if about_time and about_time[-1] else "get_current_weather", city[0])
    return [chunk({"content": f"There are {len(messages)} messages."}), chunk({}, "stop")]


Decide = Callable[[list[dict[str, Any]]], list[Any] | Refusal]


class Storyteller(OpenAIServer):
    """Decides by the messages; a number in its script is a pause in seconds."""

    def __init__(self, decide: Decide = decide) -> None:
        super().__init__()
        self._decide = decide

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        script = self._decide(self.requests[-1]["messages"])
        if not isinstance(script, Refusal):
            script = [_Pause(step, loop) if isinstance(step, float) else step for step in script]
        self.answers.append(script)
        await super()._answer(reader, writer)


class _Pause(asyncio.Event):
    """Is set so many seconds after somebody began to wait."""

    def __init__(self, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._seconds, self._loop = seconds, loop

    async def wait(self) -> Any:
        self._loop.call_later(self._seconds, self.set)
        return await super().wait()


@contextmanager
def storyteller(decide: Decide = decide) -> Iterator[str]:
    """The address of a running one."""
    with overheard(Storyteller(decide)) as running:
        yield running.url


@contextmanager
def overheard(server: Storyteller | None = None) -> Iterator[Storyteller]:
    """A running one; its `requests` are what it was asked."""
    server, loop, is_ready = server or Storyteller(), asyncio.new_event_loop(), threading.Event()
    ended = asyncio.Event()

    async def run() -> None:
        async with serve(server):
            is_ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    is_ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
