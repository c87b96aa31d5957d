"""Reads a file in a process of its own, with limits of time and memory: a hostile file stalls nobody's chat."""

from __future__ import annotations

from pathlib import Path

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from tools.sandbox.process import Broke, TooHeavy, run_apart

TIMEOUT_S = 20.0
MEMORY_BYTES = 2**30


async def read_apart(
    path: Path,
    name: str,
    max_chars: int,
    *,
    timeout_s: float = TIMEOUT_S,
    cpu_s: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Document:
    """As `reading.read`, beside the event loop. Raises Refused, also if a limit ended it.

    How many are read at once is the caller's affair.
    """
    job = {"path": str(path), "name": name, "max_chars": max_chars}
    try:
        answer = await run_apart(
            "agent.attachments.worker",
            job,
            timeout_s=timeout_s,
            cpu_s=cpu_s,
            memory_bytes=memory_bytes,
        )
    except TooHeavy:
        raise Refused("too_heavy") from None
    except Broke:
        raise Refused("broken") from None
    if "refused" in answer:
        raise Refused(answer["refused"])
    return Document.from_json(answer["document"])
