"""What a chat's person feels of others: the gaps between the frames of answers that stream one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from itertools import pairwise

import httpx

from dev.chat_client import Chat

Gap = tuple[float, float]  # when it ended, by the host's monotonic clock, and its seconds


PAUSE_S = 0.5  # between two of what is done again and again


async def talk(chat: Chat, question: str, until: asyncio.Event) -> list[Gap]:
    """Ask again and again until then; gives the gaps of all the answers."""
    found: list[Gap] = []
    over = asyncio.create_task(until.wait())
    while not over.done():
        await chat.start(question)
        answer = asyncio.create_task(chat.ended())
        await asyncio.wait({answer, over}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            await chat.stop()
        answered = await answer
        found += [(answered.asked_at + later, later - earlier) for earlier, later in pairwise(answered.frames_at_s)]
    return found


def p99(gaps_s: Iterable[float]) -> float:
    """The gap than which only one in a hundred is longer."""
    ordered = sorted(gaps_s)
    return ordered[int(0.99 * len(ordered))]


async def waits(does: Callable[[], Awaitable[None]], until: asyncio.Event) -> list[Gap]:
    """Do it again and again; when each came to its end, and the seconds that it took."""
    found: list[Gap] = []
    while not until.is_set():
        begun = time.perf_counter()
        with suppress(httpx.HTTPError):  # given up: the wait is as long as that took
            await does()
        found.append((time.perf_counter(), time.perf_counter() - begun))
        await asyncio.sleep(PAUSE_S)
    return found


def longest(found: list[Gap], since: float) -> float:
    """Of those that came to their end later."""
    return max((seconds for ended, seconds in found if ended >= since), default=0.0)
