"""How fast the page's server runs under Chainlit's own command line."""

from __future__ import annotations

import subprocess
import sys

from dev.app_process import PROJECT

UNDER_CHAINLITS_COMMAND = """
import asyncio, sys, chainlit.cli
from web.server import patches

def install():
    patches.install(lambda step: step, for_operator=True)

async def handle():
    install()  # as a hot reload does
    await asyncio.create_task(say())

async def say():
    kinds = map(type, (asyncio.get_running_loop(), asyncio.current_task(), asyncio.to_thread(int).send(None)))
    print(*kinds, sys.getswitchinterval())
    sys.modules["chainlit.message"].time.sleep(1e9)  # as each message does, and each step
    sys.modules["chainlit.step"].time.sleep(1e9)

install()
asyncio.run(handle())
"""


def test_the_page_runs_on_the_fast_loop_with_the_fast_tasks_and_does_not_sleep() -> None:
    command = [sys.executable, "-c", UNDER_CHAINLITS_COMMAND]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout.split(
        "\n"
    )[-2]
    assert said == "<class 'uvloop.Loop'> <class '_asyncio.Task'> <class '_asyncio.Future'> 0.0005"
