"""A model behind HTTP for the running app: an OpenAI server in a thread, whose answers a test writes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.agent.engine.openai_server import OpenAIServer, Refusal, serve

MODEL = "Qwen/Qwen2.5-7B-Instruct"


class RemoteModel:
    """Answers questions one after another with what `say` was told; `say(..., hold=True)` waits for `release`."""

    def __init__(self, server: OpenAIServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._held = asyncio.Event()
        self.url = server.url

    def say(self, text: str, *, tokens: tuple[int, int] = (10, 5), hold: bool = False) -> None:
        """The next answer, and what the server counts for it: tokens of the prompt and of the answer."""
        waits = [self._held] if hold else []
        end = [_chunk(delta={}, finish_reason="stop"), _usage(*tokens)]
        self._server.answers.append([_chunk(delta={"content": text}), *waits, *end])

    def refuse(self, status: int, reason: str) -> None:
        """The next answer is an error."""
        self._server.answers.append(Refusal(status, reason))

    def release(self) -> None:
        """Let the answer that waits go on to its end."""
        self._loop.call_soon_threadsafe(self._held.set)

    @property
    def prompts(self) -> list[str]:
        """Each question that came, with all that came with it, as JSON."""
        return [json.dumps(request, ensure_ascii=False) for request in self._server.requests]

    @property
    def asked(self) -> int:
        """How many questions came."""
        return len(self._server.requests)


@contextmanager
def remote_model() -> Iterator[RemoteModel]:
    """The server, in a thread with a loop of its own."""
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()
    made: list[RemoteModel] = []

    async def run() -> None:
        async with serve(OpenAIServer(window=32_000)) as server:
            made.append(RemoteModel(server, loop))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait()
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def _chunk(**choice: Any) -> dict[str, Any]:
    choices = [{"index": 0, "finish_reason": None} | choice]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices}


def _usage(prompt: int, completion: int) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return _chunk() | {"choices": [], "usage": counts}
