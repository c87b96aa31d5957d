"""The stream buffer: joins pieces of a text that streams into frames for the page. Knows neither page nor model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from agent.hot_reload import survive

FRAME_S = 0.04  # 25 a second read like typing; each costs the one event loop the same, however much is in it
FRAMES_PER_S = 1000  # of all streams together: at some 60 µs each, and 2 to 130 for its Markdown, 6 to 19 % of the loop
FRAME_S_A_CHARACTER = 3e-5  # the page reads a whole text anew at each frame: some 5 to 15 ms for 1,000 characters
TYPING_INTERVALS = 5  # while somebody types into the page, who then reads less than they write
SAVE_S = 1.0
SAVED_PER_S = 100  # of all streams together: a write takes the interpreter for half a millisecond


class Stream(Protocol):
    """What the page shows growing: Chainlit's message or step."""

    async def stream_token(self, token: str) -> None: ...
    async def update(self) -> object: ...


class StreamBuffer:
    """The text of one stream: its first piece is shown at once, the others a frame for each interval.

    The interval is `FRAME_S`, and longer if more streams than 40 share `FRAMES_PER_S`, or if the text is long: a
    page that does nothing but render cannot be typed into. While `is_typing()` it is `TYPING_INTERVALS` times as long.
    While `is_behind()` the page has not taken the last frame yet. Text then waits here, where it is joined; in the
    connection's queue, which has no limit, it would be a packet a frame. `save()` is called with the first frame and
    then each `SAVE_S`, or less often if more streams share `SAVED_PER_S`, so that what was seen outlives this
    process; it must not wait.
    """

    def __init__(
        self,
        stream: Stream,
        is_behind: Callable[[], bool],
        save: Callable[[], None] = lambda: None,
        is_typing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._stream = stream
        self._is_behind = is_behind
        self._is_typing = is_typing
        self._save = save
        self._saved_at = float("-inf")
        self._paces: set[asyncio.Task[None]] = survive("stream_paces", set)  # one for each stream that is shown now
        self._waiting = ""
        self._shown = 0  # characters
        self._one_frame = asyncio.Lock()
        self._pace: asyncio.Task[None] | None = None

    async def add(self, piece: str) -> None:
        """Show `piece`: now, or within an interval with those that follow it."""
        self._waiting += piece
        if self._pace is None or self._pace.done():
            await self._show_unless_behind()
            self._pace = asyncio.create_task(self._keep_pace())
            self._paces.add(self._pace)
            self._pace.add_done_callback(self._paces.discard)

    async def end(self) -> None:
        """Show what still waits, and end the stream."""
        await self._show()
        await self._stream.update()

    async def _keep_pace(self) -> None:
        """Show what came in each interval, until nothing did."""
        await self._pass_interval()
        while self._waiting:
            await self._show_unless_behind()
            await self._pass_interval()

    async def _pass_interval(self) -> None:
        for _ in range(TYPING_INTERVALS):
            await asyncio.sleep(self._interval_s())
            if not self._is_typing():
                break

    def _interval_s(self) -> float:
        return max(FRAME_S, len(self._paces) / FRAMES_PER_S, self._shown * FRAME_S_A_CHARACTER)

    async def _show_unless_behind(self) -> None:
        if not self._is_behind():
            await self._show()

    async def _show(self) -> None:
        async with self._one_frame:  # a frame on its way goes first
            text, self._waiting = self._waiting, ""
            if text:
                self._shown += len(text)
                await self._stream.stream_token(text)
                now = asyncio.get_running_loop().time()
                if now - self._saved_at >= max(SAVE_S, len(self._paces) / SAVED_PER_S):
                    self._saved_at = now
                    self._save()
