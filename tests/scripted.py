"""Scripted engine: plays one list of parts for each stream, in order, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from agent.engine.protocol import Sampling, StreamPart, Usage, budget
from agent.errors import ContextFull
from agent.history import Message
from tools.base import ToolCall, ToolSchema

_ids = count(1)


def call(name: str, arguments: str = "{}") -> ToolCall:
    """A tool call with an id of its own."""
    return ToolCall(f"call-{next(_ids)}", name, arguments)


async def play(script: Iterable[Any]) -> AsyncGenerator[Any, None]:
    """Each step of a script: an exception is raised, an event waited for, anything else given."""
    for step in script:
        match step:
            case Exception():
                raise step
            case asyncio.Event():
                await step.wait()
            case _:
                yield step


@dataclass
class Request:
    """What one stream was asked."""

    messages: tuple[Message, ...]
    tools: tuple[str, ...]
    sampling: Sampling


@dataclass
class ScriptedEngine:
    """Plays `script`, a list of steps a stream; without one it answers ''. `requests` is what it was asked.

    With a `window` it refuses what is too long for it, and has not begun with the script then.
    """

    script: list[Sequence[StreamPart | Exception | asyncio.Event]]
    requests: list[Request] = field(default_factory=list)
    running: int = 0
    window: int | None = None

    async def count(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> int:
        """A token is a character here; neither template nor tools add any."""
        return sum(len(message.content) for message in messages)

    async def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[StreamPart, None]:
        names = tuple(tool["function"]["name"] for tool in tools)
        self.requests.append(Request(tuple(messages), names, sampling))
        if self.window is not None and await self.count(messages, tools) > budget(self.window, sampling.max_tokens):
            raise ContextFull
        steps = self.script.pop(0) if self.script else ()
        self.running += 1
        try:
            async with aclosing(play(steps)) as parts:
                async for part in parts:
                    yield part
            if not any(isinstance(step, Usage) for step in steps):
                yield Usage()
        finally:
            self.running -= 1
