"""Fair queue before work that only a few can have at once: everybody gets a turn. Knows not what the work is.

The engine has a queue of its own (agent/engine/turn_queue.py), which tells how long to wait and outlives a hot reload.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class QueueFull(Exception):
    """As many as may wait for one key do so already."""


class FairQueue:
    """Lets `places` run at once, `per_key` of them for one key, which is a person or an address, say.

    Keys take turns, and within a key who came first goes first. `max_waiting` wait for one key, who come after them are
    sent away; so nobody keeps others out, however many they send.
    """

    def __init__(self, places: int, per_key: int, max_waiting: int) -> None:
        self._places = places
        self._per_key = per_key
        self._max_waiting = max_waiting
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}  # the key whose turn is next comes first

    @asynccontextmanager
    async def place(self, key: str) -> AsyncIterator[None]:
        """A place for as long as the context lasts, once it is free. Raises QueueFull at once."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(turn)
        try:
            self._let_in()
            if not turn.done() and len(self._waiting[key]) > self._max_waiting:
                raise QueueFull(f"{self._max_waiting} wait already for {key!r}; try again when one of them has ended")
            await asyncio.wait([turn])  # leaves the future as it is if the waiter is cancelled
            yield
        finally:
            self._leave(key, turn)

    def _let_in(self) -> None:
        for key in list(self._waiting):
            if self._running.total() >= self._places:
                return
            if self._running[key] < self._per_key:
                turns = self._waiting.pop(key)
                turns.pop(0).set_result(None)
                self._running[key] += 1
                if turns:
                    self._waiting[key] = turns  # behind all other keys

    def _leave(self, key: str, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self._running[key] -= 1
            self._running += Counter()  # drops keys at 0: the queue is as long as the work, however many keys came by
        else:
            self._waiting[key].remove(turn)
            if not self._waiting[key]:
                del self._waiting[key]
        self._let_in()
