"""Reads a file in a process of its own, with limits of time and memory: a hostile file stalls nobody's chat.

The process gets no environment, so no key either, and writes no file.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from attachments.document import Document
from attachments.refusals import Refused
from tools.text import read_json

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[1]
TIMEOUT_S = 20
MEMORY_BYTES = 2**30
AT_ONCE = 2  # files that are read at the same time, for all chats together

_slots = asyncio.Semaphore(AT_ONCE)


async def read_apart(
    path: Path, name: str, max_chars: int, *, timeout_s: float = TIMEOUT_S, memory_bytes: int = MEMORY_BYTES
) -> Document:
    """As `reading.read`, beside the event loop. Raises Refused, also where a limit ended it."""
    job = {
        "path": str(path),
        "name": name,
        "max_chars": max_chars,
        "memory_bytes": memory_bytes,
        "cpu_s": int(timeout_s) + 1,
    }
    async with _slots:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-m", "attachments.worker"),
            cwd=PROJECT,
            env={},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us
        )
        try:
            async with asyncio.timeout(timeout_s):
                answer, log = await child.communicate(json.dumps(job).encode())
        except TimeoutError:
            raise Refused("too_heavy") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    return _result(child.returncode, answer, log)


def _result(code: int | None, answer: bytes, log: bytes) -> Document:
    if code:
        logger.error("the reader of a file ended with code %s: %s", code, log.decode(errors="replace")[-2000:])
        raise Refused("too_heavy" if b"MemoryError" in log or code < 0 else "broken")
    value = read_json(answer)  # the door for what files hold
    if "refused" in value:
        raise Refused(value["refused"])
    return Document.from_json(value["document"])
