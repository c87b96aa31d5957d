"""Work in a process of its own, with limits of time and memory and behind all others: what is hostile stops nobody.

The process gets no environment, so no key either, and writes no file. Knows not what the work is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.text import read_json

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[1]
LEAST_PRIORITY = 19  # by nice(2)


class TooHeavy(Exception):
    """The work was ended: it took too much time or memory."""


class Broke(Exception):
    """The work failed by itself; the log says how."""


async def run_apart(
    module: str, job: Mapping[str, Any], *, timeout_s: float, memory_bytes: int, niceness: int = LEAST_PRIORITY
) -> Any:
    """What the process of `module` answers to `job`, both JSON; see `serve`. Raises TooHeavy and Broke."""
    limits = {"memory_bytes": memory_bytes, "cpu_s": int(timeout_s) + 1}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-B", "-m", module),
        cwd=PROJECT,
        env={},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us
    )
    try:
        _yield_to_others(child.pid, niceness)
        async with asyncio.timeout(timeout_s):
            answer, log = await child.communicate(json.dumps({"limits": limits, "job": job}).encode())
    except TimeoutError:
        raise TooHeavy(f"{module} took longer than {timeout_s} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        told = log.decode(errors="replace")[-2000:]
        logger.error("%s ended with code %s: %s", module, child.returncode, told)
        raise TooHeavy(module) if b"MemoryError" in log or child.returncode < 0 else Broke(module)
    return read_json(answer)


def _yield_to_others(pid: int, niceness: int) -> None:
    """Let the process run behind others. Linux may share its time between sessions first, and this is one."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def serve(answer: Callable[[Any], Any]) -> None:
    """In the process: answer the one job, within its limits."""
    asked = json.load(sys.stdin.buffer)
    _limit(resource.RLIMIT_AS, asked["limits"]["memory_bytes"])
    _limit(resource.RLIMIT_CPU, asked["limits"]["cpu_s"])
    _limit(resource.RLIMIT_FSIZE, 0)  # writes no file
    _limit(resource.RLIMIT_CORE, 0)
    sys.stdout.write(json.dumps(answer(asked["job"])))


def _limit(which: int, value: int) -> None:
    with suppress(OSError, ValueError):  # macOS knows no limit of memory
        resource.setrlimit(which, (value, value))
