"""Reads uploaded files in processes of their own: quick files pass heavy ones, and persons take turns."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from agent.attachments.sandbox import read_apart
from web.server.fair_queue import FairQueue, QueueFull

CHARS_A_TOKEN = 6  # more than any language has: what is read of a file can fill the budget


class FileReaders:
    """A queue of files to be read. One that is read in no time passes those that take long."""

    QUICK: ClassVar[dict[str, Any]] = {"cpu_s": 1.0, "memory_bytes": 2**29}  # a busy machine makes no file a heavy one
    MAX_WAITING = 50  # files of one person

    def __init__(self, max_tokens: int) -> None:
        """`max_tokens` is how much the model may get of a file: it is read no further."""
        self._max_chars = CHARS_A_TOKEN * max_tokens
        self._quick = FairQueue(places=4, per_key=1, max_waiting=self.MAX_WAITING)
        self._long = FairQueue(places=2, per_key=1, max_waiting=self.MAX_WAITING)

    async def read(self, path: Path, name: str, person: str) -> Document:
        """What is in a file. Raises Refused, also if too many files of this person wait."""
        read = partial(read_apart, path, name, self._max_chars)
        try:
            try:
                async with self._quick.place(person):
                    return await read(**self.QUICK)
            except Refused as refusal:
                if refusal.reason != "too_heavy":
                    raise
            async with self._long.place(person):
                return await read()
        except QueueFull as error:
            raise Refused("queue_full") from error
