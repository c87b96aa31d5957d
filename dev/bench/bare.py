"""The engine without a page: agent/engine over AsyncLLM, asked what the app's chats ask, by tasks of its own process.

    python -m dev.bench.bare stream|converse LOAD SIZE ...    LOAD is a `Load` as JSON

Prints one JSON object for each number of chats. Reads the app's settings, so that model, arguments, prompt, tools and
sampling are those of an app with this environment. A client that runs the tools itself is agent/conversation without
anything that draws.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

from agent.conversation import Conversation
from agent.engine.protocol import Engine, Usage
from agent.events import TextDelta, ToolFinished
from agent.history import History, Message
from agent.settings import Settings, read_settings
from dev.bench.figures import Load, Turn, figures
from dev.engines import SYSTEM, engines, tools
from tools import build_registry

TakeTurns = Callable[[Engine, Load, Settings], Awaitable[Sequence[Turn]]]


async def stream(engine: Engine, load: Load, settings: Settings) -> list[Turn]:
    """The questions of one load, each in a chat of its own; what each part of an answer's text came at."""
    turns = []
    for question in load.questions:
        messages = [Message("system", SYSTEM), Message("user", question.replace("{fresh}", str(time.time_ns())))]
        asked_at, frames_at_s, tokens = time.perf_counter(), list[float](), 0
        async with aclosing(engine.stream(messages, tools(), settings.sampling())) as parts:
            async for part in parts:
                match part:
                    case TextDelta():
                        frames_at_s.append(time.perf_counter() - asked_at)
                    case Usage():
                        tokens = part.completion_tokens
        end_s = time.perf_counter() - asked_at
        first_s = frames_at_s[0] if frames_at_s else end_s
        turns.append(Turn(asked_at, first_s, end_s, tuple(frames_at_s), tokens != load.tokens))
    return turns


async def converse(engine: Engine, load: Load, settings: Settings) -> list[Turn]:
    """The questions of one load in one chat, with the tools that the model calls."""
    registry = build_registry(weather_provider="simulated")
    history = History()
    conversation = Conversation(engine, registry, history, system=SYSTEM, sampling=settings.sampling())
    turns = []
    for question in load.questions:
        asked_at, first_s, calls = time.perf_counter(), 0.0, 0
        history.add_user(question)
        async with aclosing(conversation.send()) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        first_s = first_s or time.perf_counter() - asked_at
                    case ToolFinished():
                        first_s, calls = 0.0, calls + 1
        end_s = time.perf_counter() - asked_at
        turns.append(Turn(asked_at, first_s or end_s, end_s, (), not first_s or calls != load.tools))
    return turns


async def measure(engine: Engine, take_turns: TakeTurns, load: Load, size: int, settings: Settings) -> dict[str, Any]:
    """The figures of `size` chats at once, over all rounds but the first."""
    chats = [
        await asyncio.gather(*(take_turns(engine, load, settings) for _ in range(size)))
        for _ in range(1 + load.rounds_of(size))
    ]
    return figures(size, chats[1:], load.tokens)


async def main(take_turns: TakeTurns, load: Load, sizes: Sequence[int]) -> None:
    settings = read_settings()
    arguments = settings.engine_arguments()
    async with engines(settings.model, settings.tool_call_parser, settings.sampling(), **arguments) as ways:
        for size in sizes:
            print(json.dumps(await measure(ways["constraint on"], take_turns, load, size, settings)), flush=True)


if __name__ == "__main__":
    way, load, *sizes = sys.argv[1:]
    asyncio.run(main({"stream": stream, "converse": converse}[way], Load(**json.loads(load)), list(map(int, sizes))))
