"""Work in a process of its own, with limits of time and memory and behind all others: what is hostile stops nobody.

The process gets no environment, so no key either, and writes no file. Knows not what the work is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.text import read_json

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[2]
LOW_PRIORITY = 10  # by nice(2): a tenth of a core that all others want; at 19 a busy engine would starve it
_THREADS = ThreadPoolExecutor(64, "apart")  # each waits for a process


class TooHeavy(Exception):
    """The work was ended: it took too much time or memory."""


class TooLate(TooHeavy):
    """It took too long by the clock, which the other work of the machine may have done."""


class Broke(Exception):
    """The work failed by itself; the log says how."""


async def run_apart(
    module: str,
    job: Mapping[str, Any],
    *,
    timeout_s: float,
    memory_bytes: int,
    cpu_s: float | None = None,
) -> Any:
    """What the process of `module` answers to `job`, both JSON; see `serve`. Raises TooHeavy and Broke.

    `timeout_s` counts from the start; memory and `cpu_s` (as long, if it is None) beyond what the imports took.
    """
    limits = {"memory_bytes": memory_bytes, "cpu_s": timeout_s if cpu_s is None else cpu_s}
    # Not by uvloop, which forks: that copies this process's page tables, 15 ms for 300 MB, and all chats wait.
    child = subprocess.Popen(  # noqa: ASYNC220 - 0.4 ms
        [sys.executable, "-B", "-m", module],
        cwd=PROJECT,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us
    )
    _yield_to_others(child.pid)
    asked = json.dumps({"limits": limits, "job": job}).encode()
    try:
        answer, log = await asyncio.get_running_loop().run_in_executor(_THREADS, _talk, child, asked, timeout_s)
    except subprocess.TimeoutExpired:
        raise TooLate(f"{module} took longer than {timeout_s} s") from None
    except asyncio.CancelledError:
        child.kill()
        await asyncio.to_thread(child.wait)
        raise
    if child.returncode:
        told = log.decode(errors="replace")[-2000:]
        logger.error("%s ended with code %s: %s", module, child.returncode, told)
        raise TooHeavy(module) if b"MemoryError" in log or child.returncode < 0 else Broke(module)
    return read_json(answer)


def _talk(child: subprocess.Popen[bytes], asked: bytes, timeout_s: float) -> tuple[bytes, bytes]:
    """In a thread: what the child writes to its two outputs. It has ended then."""
    with child:
        try:
            return child.communicate(asked, timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            raise


def _yield_to_others(pid: int) -> None:
    """Let the process run behind others. Linux may share its time between sessions first, and this is one."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, LOW_PRIORITY)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(LOW_PRIORITY))


def serve(answer: Callable[[Any], Any]) -> None:
    """In the process: answer the one job, within its limits."""
    asked = json.load(sys.stdin.buffer)
    limits = asked["limits"]
    _limit(resource.RLIMIT_AS, _address_space() + limits["memory_bytes"])
    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits["cpu_s"]))
    _limit(resource.RLIMIT_FSIZE, 0)  # writes no file
    _limit(resource.RLIMIT_CORE, 0)
    sys.stdout.write(json.dumps(answer(asked["job"])))


def _address_space() -> int:
    """What this process has of it, in bytes; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit(which: int, value: int) -> None:
    with suppress(OSError, ValueError):  # macOS knows no limit of memory
        resource.setrlimit(which, (value, value))
