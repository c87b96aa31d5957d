"""The thoughts of a reasoning model: a closed step whose title counts the seconds. Knows no model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import chainlit as cl
from chainlit.utils import utc_now

from web.render.stream import StreamBuffer
from web.texts import Texts

THOUGHTS = "brain"  # the icon
COUNT_S = 1.0
CHARACTERS_PER_S = 20_000  # a new title brings the whole step along, so that of long thoughts comes less often


class Thoughts:
    """One stretch of thinking, from the first piece to `end`; its time stays in the title, also when it is saved."""

    def __init__(self, step: cl.Step, buffer: StreamBuffer, texts: Texts, is_behind: Callable[[], bool]) -> None:
        """`buffer` shows the text of `step`, which nobody has sent yet."""
        self._step, self._buffer, self._texts, self._is_behind = step, buffer, texts, is_behind
        self._began = time.monotonic()
        self._counting = asyncio.create_task(self._count())

    async def add(self, piece: str) -> None:
        """Show `piece`, at once or with those that follow it."""
        await self._buffer.add(piece)

    async def end(self) -> None:
        """Show what still waits, and how long it all took."""
        self._counting.cancel()
        self._step.start, self._step.end = self._step.created_at, utc_now()  # with a start alone it would be a call
        self._step.name = self._texts.thought_for.format(duration=self._elapsed())
        await self._buffer.end()

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(max(COUNT_S, len(self._step.output) / CHARACTERS_PER_S))
            self._step.name = self._texts.thinking_for.format(duration=self._elapsed())
            if not self._is_behind():
                await cl.context.emitter.update_step(self._step.to_dict())

    def _elapsed(self) -> str:
        return self._texts.whole_seconds(time.monotonic() - self._began)
