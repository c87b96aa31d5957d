"""The load generator: chats by socket.io, as the page speaks it, in processes of their own so that they do not limit.

    python -m dev.bench.load URL [--chats 1 8 32] [--turns 3] [--think 5] [--question TEXT ...] [--idle 1000]

Prints one JSON object for each number of chats; with --idle it opens so many and holds them until Enter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from multiprocessing.synchronize import Barrier
from typing import Any

from dev.bench.figures import TOOL_QUESTIONS, Load, Round, Turn, figures
from dev.chat_client import Answer, Chat

CHATS_A_PROCESS = 32
OPEN_AT_ONCE = 8
TIMEOUT_S = 240.0
_together: Barrier  # in a client's process: where all of them wait for each other


def measure(url: str, load: Load, size: int, *, is_ours: bool = True) -> dict[str, Any]:
    """The figures of `size` chats at once, over all rounds but the first; `is_ours` is false for another app."""
    return figures(size, generate(url, load, size, is_ours=is_ours)[1:], load.tokens)


def generate(url: str, load: Load, size: int, *, is_ours: bool = True) -> list[Round]:
    """What each chat of each round gave; the first round warms up."""
    shares = _shares(size)
    with _clients(len(shares)) as pool:
        parts = list(pool.map(_talk, *zip(*((url, load, size, share, is_ours) for share in shares), strict=True)))
    return [[chat for part in one for chat in part] for one in zip(*parts, strict=True)]


@contextmanager
def idle(url: str, size: int) -> Iterator[None]:
    """`size` chats that are open and say nothing, for as long as this context."""
    shares = _shares(size)
    with _clients(len(shares), with_us=True) as pool:
        held = [pool.submit(_hold, url, share) for share in shares]
        _together.wait(TIMEOUT_S)
        try:
            yield
        finally:
            _together.wait(TIMEOUT_S)
            for one in held:
                one.result()


def _shares(size: int) -> list[int]:
    """How many chats each process has: a process for `CHATS_A_PROCESS`, but no more than a quarter of the cores."""
    count = max(1, min((os.cpu_count() or 1) // 4, -(-size // CHATS_A_PROCESS)))
    return [size // count + (number < size % count) for number in range(count)]


@contextmanager
def _clients(count: int, with_us: bool = False) -> Iterator[ProcessPoolExecutor]:
    """Processes that take one task each, since each waits for all others in it."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(count + with_us)
    _join(barrier)
    with ProcessPoolExecutor(count, context, _join, (barrier,)) as pool:
        yield pool


def _join(barrier: Barrier) -> None:
    global _together
    _together = barrier


@contextmanager
def _failing_together() -> Iterator[None]:
    """Let nobody wait for a process that has failed."""
    try:
        yield
    except BaseException:
        _together.abort()
        raise


def _talk(url: str, load: Load, size: int, share: int, is_ours: bool) -> list[Round]:
    with _failing_together():
        return asyncio.run(_rounds(url, load, size, share, is_ours))


async def _rounds(url: str, load: Load, size: int, share: int, is_ours: bool) -> list[Round]:
    rounds: list[Round] = []
    for _ in range(1 + load.rounds_of(size)):
        chats = await _open(url, share, is_ours)
        await _wait_for_all()
        rounds.append(await asyncio.gather(*(_take_turns(chat, load, is_ours) for chat in chats)))
        await _wait_for_all()
        await asyncio.gather(*(chat.close() for chat in chats))
    return rounds


async def _open(url: str, count: int, is_ours: bool = True) -> list[Chat]:
    line = asyncio.Semaphore(OPEN_AT_ONCE)

    async def one() -> Chat:
        async with line:
            return await Chat.open(url, "zh-CN", has_badge=is_ours)

    return await asyncio.gather(*(one() for _ in range(count)))


async def _take_turns(chat: Chat, load: Load, is_ours: bool) -> list[Turn]:
    turns = []
    for question in load.questions:
        await asyncio.sleep(random.expovariate(1 / load.think_s) if load.think_s else 0)
        try:
            answer = await chat.ask(question.replace("{fresh}", str(time.time_ns())), TIMEOUT_S)
        except TimeoutError:
            turns.append(Turn(time.perf_counter() - TIMEOUT_S, TIMEOUT_S, TIMEOUT_S, is_broken=True))
        else:
            turns.append(_turn(answer, load, is_ours))
    return turns


def _turn(answer: Answer, load: Load, is_ours: bool) -> Turn:
    """A turn is broken where it has no text, an error, another number of calls, or an end before the limit."""
    is_short = is_ours and load.tokens and not any(str(load.tokens) in note for note in answer.lines)
    has_text = answer.text if is_ours else answer.messages
    is_broken = bool(not has_text or answer.errors or len(answer.tools) != load.tools or is_short)
    first_s = answer.first_text_s or answer.end_s
    return Turn(answer.asked_at, first_s, answer.end_s, tuple(answer.frames_at_s), is_broken)


def _hold(url: str, share: int) -> None:
    with _failing_together():
        asyncio.run(_keep_open(url, share))


async def _keep_open(url: str, share: int) -> None:
    chats = await _open(url, share)
    await _wait_for_all()
    await _wait_for_all()
    await asyncio.gather(*(chat.close() for chat in chats))


async def _wait_for_all() -> None:
    await asyncio.to_thread(_together.wait, TIMEOUT_S * 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--chats", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--turns", type=int, default=len(TOOL_QUESTIONS))
    parser.add_argument("--think", type=float, default=0, help="seconds, the mean")
    parser.add_argument("--question", nargs="+", default=TOOL_QUESTIONS)
    parser.add_argument("--tools", type=int, default=1, help="calls in each turn")
    parser.add_argument("--tokens", type=int, default=0, help="of each answer, where the model talks to its limit")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--idle", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.idle:
        with idle(chosen.url, chosen.idle):
            input(f"{chosen.idle} chats are open; Enter closes them. ")
        return
    questions = tuple(islice(cycle(chosen.question), chosen.turns))
    load = Load(questions, chosen.tokens, chosen.tools, chosen.think, chosen.rounds)
    for size in chosen.chats:
        print(json.dumps(measure(chosen.url, load, size)), flush=True)


if __name__ == "__main__":
    main()
