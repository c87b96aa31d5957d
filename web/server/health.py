"""Health of a part that may hang: looked at every few seconds at most, and only if somebody asks. Knows no part."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal

logger = logging.getLogger(__name__)
EVERY_S = 2.0
WITHIN_S = 0.5  # what an answer waits for a look
HANGS_S = 2.0  # a look that takes longer has found its part ill
FREE_BYTES = 200 * 2**20  # below it a disk is nearly full

Health = Literal["ok", "ill"]


class Probe:
    """Asks `look` how the part `name` is; `look` raises if it is ill. Why, is told to the log alone.

    `is_known_ill` tells what is known without a look.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], Awaitable[object]],
        is_known_ill: Callable[[], bool] = lambda: False,
        every_s: float = EVERY_S,
    ) -> None:
        self._name = name
        self._look = look
        self._is_known_ill = is_known_ill
        self._every_s = every_s
        self._looking: asyncio.Task[None] | None = None
        self._began_at = 0.0
        self._is_well = True

    async def is_well(self) -> bool:
        """How the part was some seconds ago at most; answers within WITHIN_S."""
        if self._looking is None or (self._looking.done() and time.monotonic() - self._began_at >= self._every_s):
            self._began_at = time.monotonic()
            self._looking = asyncio.create_task(self._take_a_look())
        await asyncio.wait([self._looking], timeout=WITHIN_S)
        if self._is_known_ill():
            return False
        return self._is_well and (self._looking.done() or time.monotonic() - self._began_at < HANGS_S)

    async def _take_a_look(self) -> None:
        was_well, why = self._is_well, ""
        try:
            await self._look()
            self._is_well = True
        except Exception as error:
            self._is_well, why = False, f"{type(error).__name__}: {error}"
        if was_well != self._is_well:
            logger.warning("%s is %s. %s", self._name, "well again" if self._is_well else "ill", why)


def disk(folder: Path, free_bytes: int = FREE_BYTES) -> Callable[[], Awaitable[None]]:
    """A look that raises OSError if the disk of `folder` is nearly full."""

    async def look() -> None:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        if free < free_bytes:
            raise OSError(f"{free:,} bytes are free in {folder}")

    return look


async def report(probes: Mapping[str, Probe]) -> dict[str, Health]:
    """How each part is, asked of all at once."""
    found = await asyncio.gather(*(probe.is_well() for probe in probes.values()))
    return {name: word(is_well) for name, is_well in zip(probes, found, strict=True)}


def word(is_well: bool) -> Health:
    """How a part is, for machines."""
    return "ok" if is_well else "ill"
