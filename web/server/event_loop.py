"""The event loop: uvloop, tasks in C, threads that give way soon, and no sleep that stops everybody."""

from __future__ import annotations

import _asyncio
import asyncio
import importlib
import sys
import time
from types import SimpleNamespace

from web.server.chainlit_internals import replace

SWITCH_S = 0.0005  # Python's own 5 ms let the database's threads hold up every chat: a tenth of the speed with 256


def install() -> None:
    """Make the loop that Chainlit's command line runs on fast. May be called again, as every hot reload does."""
    _take_the_fast_loop()
    _stay_awake()
    sys.setswitchinterval(SWITCH_S)


def _take_the_fast_loop() -> None:
    """Run on uvloop, with asyncio's tasks in C: Chainlit's command line takes those in Python, so that loops may nest.

    That costs each switch of tasks three times as much, and every token takes several. No loop nests here.
    """
    asyncio.Task = asyncio.tasks.Task = asyncio.tasks._CTask = _asyncio.Task  # type: ignore[misc, attr-defined]
    asyncio.Future = asyncio.futures.Future = asyncio.futures._CFuture = _asyncio.Future  # type: ignore[misc, attr-defined]
    if asyncio._get_running_loop() is None:  # else this is a hot reload
        uvloop = importlib.import_module("uvloop")  # which keeps the tasks that it finds at its import
        asyncio.set_event_loop(uvloop.new_event_loop())


def _stay_awake() -> None:
    """Take out the millisecond that Chainlit sleeps for each message and each step, and all chats with it."""
    for module in ("chainlit.message", "chainlit.step"):
        replace(f"{module}.time", SimpleNamespace(**vars(time) | {"sleep": lambda _: None}))
