"""Writes that nobody waits for: if one is late or lost, that is told. Knows neither tables nor the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from web.store.database_failures import is_temporary, reason

logger = logging.getLogger(__name__)
SOON_S = 2.0  # who sees what is written expects it to be kept by then


class BackgroundWrites:
    """`on_loss` is awaited for a write that failed for good; `on_late` gets one that goes on after SOON_S."""

    def __init__(
        self,
        is_stuck: Callable[[], bool],
        on_loss: Callable[[], Awaitable[None]],
        on_late: Callable[[asyncio.Task[bool]], object],
    ) -> None:
        """`is_stuck` tells whether nothing can be written just now: then nobody waits."""
        self._is_stuck = is_stuck
        self._on_loss = on_loss
        self._on_late = on_late
        self._writing = set[asyncio.Task[bool]]()  # a task that nobody holds may vanish

    async def run(self, writing: Awaitable[Any], loss: str) -> None:
        """Return as soon as `writing` is done, or is late; it goes on. `loss` is what the log says if it failed."""
        task = asyncio.create_task(self._report(writing, loss))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        _, late = await asyncio.wait([task], timeout=0.05 if self._is_stuck() else SOON_S)
        if late:
            self._on_late(task)

    async def _report(self, writing: Awaitable[Any], loss: str) -> bool:
        """Whether it is written."""
        try:
            await writing
        except Exception as error:
            logger.error("%s: %s", loss, reason(error), exc_info=not is_temporary(error))
            await self._on_loss()
            return False
        return True
