"""Measures what holds tool calls to their tools, on the bare engine of agent/engine: what it does, and what it costs.

    python -m dev.bench.calls fit [CALLS]   a model of random weights at temperature 1: how many calls parse and fit
    python -m dev.bench.calls cost          the built-in model's shape: tokens a second of free text; a call's time
    python -m dev.bench.calls gpu           Qwen2.5-7B's shape with dummy weights: tokens a second of free text

Prints tables. The ways are measured in turn within each round, so that what disturbs one disturbs all.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agent.engine.protocol import Engine, Sampling, Usage
from agent.events import TextDelta
from agent.history import Message
from dev.builtin_model.prompt import TOOLS_AFTER, TOOLS_BEFORE
from dev.engines import SYSTEM, engines, tools
from tools.base import Tool, ToolCall, ToolSchema, tool

STORY = "Tell me a long story about rivers, tea houses and clear talk. "
CALL = "广州天气怎么样?"
AT_ONCE = 32
FAIR = Sampling(temperature=1, top_p=1, max_tokens=512)
GREEDY = Sampling(temperature=0, top_p=1, max_tokens=128)
WAYS = ("constraint on", "constraint off", "no tools")


@dataclass
class Answer:
    """What came of one question. Times are seconds from its start."""

    calls: list[ToolCall]
    usage: Usage
    first_s: float
    call_s: float
    end_s: float


def system_without_tools() -> str:
    """Makes the prompt that one with the tools has, but for a few tokens: the template's text about them, as mere text.

    A longer prompt costs speed by itself, which is not what is measured.
    """
    described = "".join(f"\n{json.dumps(one, ensure_ascii=False)}" for one in tools())
    return SYSTEM + TOOLS_BEFORE + described + TOOLS_AFTER


async def ask(
    engine: Engine, question: str, offered: Sequence[ToolSchema], sampling: Sampling, system: str = SYSTEM
) -> Answer:
    """One question in a chat of its own."""
    started = time.perf_counter()
    calls, usage, first_s, call_s = list[ToolCall](), Usage(), 0.0, 0.0
    messages = [Message("system", system), Message("user", question)]
    async with aclosing(engine.stream(messages, offered, sampling)) as parts:
        async for part in parts:
            now_s = time.perf_counter() - started
            match part:
                case TextDelta():
                    first_s = first_s or now_s
                case ToolCall():
                    call_s = call_s or now_s
                    calls.append(part)
                case Usage():
                    usage = part
    return Answer(calls, usage, first_s, call_s, time.perf_counter() - started)


class Stop(BaseModel):
    """One stop of a way."""

    place: str
    nights: Annotated[int, Field(ge=0, le=30)] = 1


@tool
def plan_way(stops: list[Stop], by: Literal["train", "bus", "bicycle"], budget: float | None = None) -> str:
    """Plan a way over several stops."""


@tool
def toss_coin() -> str:
    """Toss a coin."""


@tool
def find_places(name: str, limit: Annotated[int, Field(ge=1, le=50)] = 10, is_open: bool = False) -> str:
    """Find places by their name."""


TOOLS: dict[str, Tool] = {one.name: one for one in (plan_way, toss_coin, find_places)}


def verdict(answer: Answer) -> str:
    """`fits`, `cut off` by a limit of tokens, or `broken`; checked as the registry does."""
    try:
        for call in answer.calls:
            TOOLS[call.name].arguments.model_validate(json.loads(call.arguments))
        return "fits" if answer.calls else "cut off" if answer.usage.is_cut else "broken"
    except (ValueError, KeyError):
        return "cut off" if answer.usage.is_cut else "broken"


async def fit(engine: Engine, count: int) -> tuple[Counter[str], set[int]]:
    """The verdicts on `count` answers of a model that begins each with a call, and how long the prompts were."""
    offered, line = [one.schema for one in TOOLS.values()], asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Answer:
        async with line:
            return await ask(engine, CALL, offered, FAIR)

    answers = await asyncio.gather(*(one(number) for number in range(count)))
    return Counter(map(verdict, answers)), {answer.usage.prompt_tokens for answer in answers}


async def print_fit(count: int) -> None:
    from dev.bench import babbler

    with tempfile.TemporaryDirectory(prefix="qingtan-builtin-") as folder:
        babbler.make(Path(folder))
        async with engines(folder, max_num_seqs=AT_ONCE) as ways:
            print("| | calls | parse and fit | cut off by the limit of tokens | broken | tokens of a prompt |")
            print("| --- | --- | --- | --- | --- | --- |")
            for way, number in (("constraint on", count), ("constraint off", count // 5)):  # those go on to the limit
                found, prompts = await fit(ways[way], number)
                cells = (number, found["fits"], found["cut off"], found["broken"], sorted(prompts))
                print(f"| {way} | {' | '.join(map(str, cells))} |", flush=True)


async def free_text(ways: dict[str, Engine], sizes: Sequence[int], rounds: int, question: str, max_tokens: int) -> None:
    """Print tokens a second of answers in words, for each number of chats and each way, and how the ways compare."""
    sampling = Sampling(max_tokens=max_tokens)
    rates: dict[tuple[int, str], list[float]] = {}
    firsts: dict[tuple[int, str], list[float]] = {}
    for number in range(-1, rounds):  # the first one warms up
        for size in sizes:
            for way in WAYS[number % 3 :] + WAYS[: number % 3]:
                engine, offered, system = ways.get(way, ways["constraint off"]), tools(), SYSTEM
                if way == "no tools":
                    offered, system = [], system_without_tools()
                questions = [f"({way} {number} {chat} {time.time_ns()}) {question}" for chat in range(size)]
                started = time.perf_counter()
                answers = await asyncio.gather(*(ask(engine, one, offered, sampling, system) for one in questions))
                seconds = time.perf_counter() - started
                if number >= 0:
                    tokens = sum(answer.usage.completion_tokens for answer in answers)
                    rates.setdefault((size, way), []).append(tokens / seconds)
                    firsts.setdefault((size, way), []).extend(1000 * answer.first_s for answer in answers)
    print(f"| chats | {' | '.join(WAYS)} | on / no tools | on / off |\n| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        cells = [
            f"{statistics.median(rates[size, way]):,.1f} tok/s, {statistics.median(firsts[size, way]):.0f} ms"
            for way in WAYS
        ]
        cells += [_compare(rates[size, "constraint on"], rates[size, way]) for way in ("no tools", "constraint off")]
        print(f"| {size} | {' | '.join(cells)} |", flush=True)


def _compare(these: list[float], those: list[float]) -> str:
    """The median of the rounds' own ratios, with the lowest and the highest."""
    ratios = [one / other for one, other in zip(these, those, strict=True)]
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


async def time_of_a_call(ways: dict[str, Engine], sizes: Sequence[int], rounds: int) -> None:
    """Print the median time from a question to its whole call."""
    print("| chats | question to whole call, constraint on | off |\n| --- | --- | --- |")
    for size in sizes:
        times: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(-1, rounds):
            for way, engine in ways.items():
                asked = (ask(engine, f"{CALL}{' ' * (number + 1)}", tools(), GREEDY) for _ in range(size))
                answers = await asyncio.gather(*asked)
                if number >= 0:
                    times[way] += [1000 * answer.call_s for answer in answers if answer.calls]
        print(
            f"| {size} | {' | '.join(f'{statistics.median(found):.0f} ms' for found in times.values())} |", flush=True
        )


async def print_cost() -> None:
    from dev.bench import babbler

    with tempfile.TemporaryDirectory(prefix="qingtan-builtin-") as folder:
        babbler.make(Path(folder), calls=False)  # the built-in model's own answers are short
        async with engines(folder) as ways:
            await free_text(ways, (1, 8, 32), 6, STORY, 128)
    async with engines("builtin") as ways:
        await time_of_a_call(ways, (1, 8, 32), 9)


async def print_gpu() -> None:
    from dev.bench import shape

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "Qwen2.5-7B-Instruct"
        shape.make(folder)
        async with engines(str(folder), load_format="dummy", gpu_memory_utilization=0.9) as ways:
            await free_text(ways, (1, 8, 64), 4, STORY * 20, 256)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fit", *count]:
            asyncio.run(print_fit(int(count[0]) if count else 1000))
        case ["cost"]:
            asyncio.run(print_cost())
        case ["gpu"]:
            asyncio.run(print_gpu())
        case _:
            sys.exit(__doc__)
