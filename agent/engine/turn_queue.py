"""Turn queue: how many turns run at once, whose is next, how long that may take. Knows no engine.

A turn is one question with all its rounds of tools. Who runs and who waits outlives a hot reload, as plain values and
asyncio's futures: a turn that began before it gives its place back to the same queue.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from agent.errors import Busy
from agent.hot_reload import survive

FIRST_GUESS_S = 10.0  # the length of a turn, before one has ended
NEWEST_COUNTS = 0.2  # the share of the last turn in the mean of all
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Wait:
    """Where a turn stands in the queue: the one at `place` 1 is next, and runs in roughly `seconds`."""

    place: int
    seconds: int


def _state() -> Any:
    return survive("turn_queue", _new_state)


def _new_state() -> Any:
    return SimpleNamespace(
        waiting={},  # each turn's future, done once it is let in -> the person; in order of arrival
        running={},  # the future -> (the person, when it was let in)
        turn_s=FIRST_GUESS_S,  # the mean length
        at_once=1,  # the last limit above 0
    )


class TurnQueue:
    """Lets `limit()` turns run at once, first come first served. None: unlimited; 0: closed for now.

    A person with `per_person` running turns is skipped. Who would have `max_waiting` turns ahead gets Busy.
    """

    def __init__(
        self,
        limit: Callable[[], int | None],
        *,
        max_waiting: int,
        per_person: int,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._limit = limit
        self._max_waiting = max_waiting
        self._per_person = per_person
        self._look_every_s = look_every_s

    @asynccontextmanager
    async def join(self, person: str) -> AsyncIterator[AsyncIterator[Wait]]:
        """A turn of `person`, from its arrival to its end. Raises Busy at once if the queue is full.

        What this gives has to be read to its end first: it tells where the turn stands, again and again, and ends when
        the turn may run. Leaving the context leaves the queue, or gives the place back.
        """
        state = _state()
        turn = asyncio.get_running_loop().create_future()
        place = self._place(person, state.waiting.values())
        state.waiting[turn] = person
        try:
            self._let_in()
            if not turn.done() and place > self._max_waiting:
                raise Busy(self._seconds(place))
            yield self._wait(turn, person)
        finally:
            self._leave(turn)

    @property
    def is_full(self) -> bool:
        """Whether a turn that comes now would be sent away."""
        return len(_state().waiting) >= max(1, self._max_waiting)

    def health(self) -> dict[str, int | None]:
        """For machines that watch this one: how many turns run, how many wait, how many may run now."""
        state = _state()
        return {"running": len(state.running), "waiting": len(state.waiting), "places": self._limit()}

    async def _wait(self, turn: asyncio.Future[None], person: str) -> AsyncIterator[Wait]:
        waiting = _state().waiting
        while not turn.done():
            turns = list(waiting)
            place = self._place(person, [waiting[other] for other in turns[: turns.index(turn)]])
            yield Wait(place, self._seconds(place))
            await asyncio.wait([turn], timeout=self._look_every_s)
            self._let_in()  # the limit may have changed

    def _let_in(self) -> None:
        state = _state()
        limit = self._limit()
        state.at_once = limit or state.at_once
        if limit is not None and len(state.running) >= limit:
            return
        turns_of = Counter(person for person, _ in state.running.values())
        for turn, person in list(state.waiting.items()):
            if limit is not None and len(state.running) >= limit:
                return
            if turns_of[person] < self._per_person:
                turns_of[person] += 1
                del state.waiting[turn]
                state.running[turn] = person, time.monotonic()
                turn.set_result(None)

    def _leave(self, turn: asyncio.Future[None]) -> None:
        state = _state()
        if turn in state.running:
            _, since = state.running.pop(turn)
            state.turn_s += NEWEST_COUNTS * (time.monotonic() - since - state.turn_s)
        else:
            del state.waiting[turn]
        self._let_in()

    def _place(self, person: str, before: Iterable[str]) -> int:
        """The place behind the turns of those `before`, of each of whom no more count than can run at once.

        So no person can fill the queue alone: the rest of another one's turns will be passed over.
        """
        counts = Counter(before)
        mine = counts.pop(person, 0)
        return 1 + mine + sum(min(count, self._per_person) for count in counts.values())

    def _seconds(self, place: int) -> int:
        """What the turn at `place` has yet to wait: in a mean turn's time as many turns end as run at once."""
        state, now = _state(), time.monotonic()
        ages = [now - since for _, since in state.running.values()]
        turn_s: float = max(
            state.turn_s, sum(ages) / max(1, len(ages))
        )  # those that run now may be longer than all before
        seconds: float = place * turn_s / state.at_once
        step = 10 if seconds < 60 else 30  # an estimate, and a figure that stands still for a while
        return max(1, math.ceil(seconds / step)) * step
