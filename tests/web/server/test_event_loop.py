"""How fast the page's server runs under Chainlit's own command line."""

from __future__ import annotations

import subprocess
import sys

from dev.app_process import PROJECT

UNDER_CHAINLITS_COMMAND = """
import asyncio, sys, time, chainlit.cli
from chainlit.context import ChainlitContext, context_var
from chainlit.session import HTTPSession
from web.server import patches

def install():
    patches.install(lambda step: step, for_operator=True)

async def count_sleeps():
    context_var.set(ChainlitContext(HTTPSession(id="page", client_type="webapp")))
    slept = []
    time.sleep = slept.append
    chainlit.Message("said")
    chainlit.Step()
    return len(slept)

async def handle():
    install()  # as a hot reload does
    await asyncio.create_task(say())

async def say():
    kinds = map(type, (asyncio.get_running_loop(), asyncio.current_task(), asyncio.to_thread(int).send(None)))
    print(*kinds, sys.getswitchinterval(), before, await count_sleeps())

before = asyncio.run(count_sleeps())
install()
asyncio.run(handle())
"""


def test_the_page_runs_on_the_fast_loop_with_the_fast_tasks_and_does_not_sleep() -> None:
    """Each message and each step of Chainlit's sleeps, unless it is prepared: two here, and then none."""
    command = [sys.executable, "-c", UNDER_CHAINLITS_COMMAND]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout.split(
        "\n"
    )[-2]
    assert said == "<class 'uvloop.Loop'> <class '_asyncio.Task'> <class '_asyncio.Future'> 0.0005 2 0"
