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
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from agent.conversation import Conversation
from agent.engine.protocol import Engine, Sampling, Usage
from agent.engine.vllm.backend import LocalBackend
from agent.events import TextDelta, ToolFinished
from agent.history import History, Message
from agent.settings import Settings, read_settings
from dev.app_process import PROJECT
from dev.bench.figures import Load, Turn, figures
from tools import build_registry
from tools.base import ToolSchema

SYSTEM = (PROJECT / "agent" / "prompts" / "system.md").read_text("utf-8").strip()
WARM_UP = Sampling(temperature=1, top_p=1, max_tokens=512)

TakeTurns = Callable[[Engine, Load, Settings], Awaitable[Sequence[Turn]]]


def tools() -> list[ToolSchema]:
    """The app's tools."""
    return build_registry(weather_provider="simulated").schemas()


@asynccontextmanager
async def engines(
    model: str, tool_parser: str = "auto", warm_up: Sampling = WARM_UP, **arguments: Any
) -> AsyncIterator[dict[str, Engine]]:
    """Load `model` once; an engine with the constraint and one without, over the same loaded model."""
    with tempfile.TemporaryDirectory(prefix="qingtan-bench-") as data:
        common: dict[str, Any] = {
            "tool_parser": tool_parser,
            "warm_up_system": SYSTEM,
            "warm_up_tools": tools(),
            "warm_up_sampling": warm_up,
        }
        on, off = (
            LocalBackend(model, arguments, Path(data), constrain_tool_calls=is_on, **common) for is_on in (True, False)
        )
        loaded = await on.load(lambda status: print(status.stage, status.model, file=sys.stderr))
        try:
            yield {"constraint on": on.engine(loaded), "constraint off": off.engine(loaded)}
        finally:
            on.unload(loaded)


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
