"""Measures how tokens reach the page: chats of the app at once, and then the bare engine with such questions.

    python -m bench.streaming [CHATS ...]    default: 1 8 32

A model of the built-in one's shape and random weights talks to the limit of 200 tokens. Prints a table; client, app and
engine share the machine.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from agent.engine.protocol import Engine, Sampling
from bench import babbler, calls
from bench.client import Answer, Chat
from bench.launch import LEFT_OUT, PROJECT, App

TOKENS_OUT = 200
ROUNDS = 3


def question() -> str:
    """One that nobody has asked before."""
    return f"({time.time_ns()}) {calls.STORY}"


async def at_once(asking: Sequence[Coroutine[Any, Any, Any]]) -> tuple[list[Any], float]:
    """The answers, and their tokens a second all together."""
    started = time.perf_counter()
    answers = await asyncio.gather(*asking)
    return answers, TOKENS_OUT * len(answers) / (time.perf_counter() - started)


async def through_the_app(url: str, size: int) -> list[str]:
    """Tokens a second, first text, and how evenly text came, of `size` chats."""
    rates, answers = list[float](), list[Answer]()
    for number in range(-1, ROUNDS):  # the first one warms up
        chats = [await Chat.open(url) for _ in range(size)]
        given, rate = await at_once([chat.ask(question()) for chat in chats])
        assert all(f"{TOKENS_OUT}" in answer.messages[0] for answer in given), given[0].messages
        if number >= 0:
            rates.append(rate)
            answers += given
        for chat in chats:
            await chat.close()
    gaps = sorted(later - earlier for answer in answers for earlier, later in pairwise(answer.frames_at_s))
    frame_rates = [len(answer.frames_at_s) / (answer.end_s - answer.frames_at_s[0]) for answer in answers]
    return [
        f"{statistics.median(rates):,.0f}",
        f"{1000 * statistics.median(answer.frames_at_s[0] for answer in answers):.0f} ms",
        f"{1000 * gaps[int(0.95 * len(gaps))]:.0f} ms",
        f"{statistics.median(frame_rates):.1f}",
    ]


async def bare(engine: Engine, size: int) -> list[str]:
    """Tokens a second and first text of `size` requests with the app's prompt, tools and sampling."""
    rates, answers = list[float](), list[calls.Answer]()
    for number in range(-1, ROUNDS):
        sampling = Sampling(max_tokens=TOKENS_OUT)
        given, rate = await at_once([calls.ask(engine, question(), calls.tools(), sampling) for _ in range(size)])
        if number >= 0:
            rates.append(rate)
            answers += given
    first_s = statistics.median(answer.first_s for answer in answers)
    return [f"{statistics.median(rates):,.0f}", f"{1000 * first_s:.0f} ms"]


async def all_bare(model: str, sizes: Sequence[int]) -> list[list[str]]:
    async with calls.engines(model) as ways:
        return [await bare(ways["constraint on"], size) for size in sizes]


def measure(scratch: Path, sizes: Sequence[int]) -> None:
    """Print a row for each number of chats."""
    model, project = scratch / "babbler", scratch / "qingtan"
    babbler.make(model, calls=False)
    shutil.copytree(PROJECT, project, ignore=LEFT_OUT)  # a save in the project must not reload the app
    environment = {"MODEL": str(model), "MAX_TOKENS": str(TOKENS_OUT), "DATA_DIR": str(scratch / "data")}
    with App(project, log=scratch / "app.log", **environment) as app:
        app.wait_until_loaded()
        served = [asyncio.run(through_the_app(app.url, size)) for size in sizes]
    alone = asyncio.run(all_bare(str(model), sizes))
    titles = "chats", "tokens/s", "first text p50", "gap p95", "frames/s of a chat", "bare: tokens/s", "first text p50"
    print(f"| {' | '.join(titles)} |\n{'| --- ' * len(titles)}|")
    for size, app_cells, engine_cells in zip(sizes, served, alone, strict=True):
        print(f"| {size} | {' | '.join(app_cells + engine_cells)} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="qingtan-bench-") as folder:
        measure(Path(folder), [int(one) for one in sys.argv[1:]] or (1, 8, 32))
