"""Event loop under test: for how long nothing else could run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

TICK_S = 0.005


async def longest_hold(work: Coroutine[Any, Any, Any]) -> tuple[Any, float]:
    """What `work` gives or raises, and the longest time in seconds in which the loop stood still."""
    doing = asyncio.create_task(work)
    longest, at = 0.0, time.perf_counter()
    while not doing.done():
        await asyncio.wait([doing], timeout=TICK_S)
        longest, at = max(longest, time.perf_counter() - at), time.perf_counter()
    return (await asyncio.gather(doing, return_exceptions=True))[0], longest
