"""What a chat's person feels of others: the gaps between the frames of answers that stream one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import pairwise

from bench.client import Chat

Gap = tuple[float, float]  # when it ended, by the host's monotonic clock, and its seconds


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
