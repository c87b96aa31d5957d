"""The queue of writes before a database: applied in the order of their asking, many in one transaction.

What cannot be written just now, because the database is locked, full or away, stays at the head of the queue and is
tried again after pauses that grow. A write is either for now, and is given up after a while, or has time, and waits as
long as it takes. The queue has an end: beyond it nothing more is taken. Knows no table.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoConnection

from web.store.database_failures import is_temporary, reason

logger = logging.getLogger(__name__)
MAX_BATCH = 200  # writes in one transaction
MAX_WAITING, MAX_WAITING_BYTES = 20_000, 64 * 2**20  # of what has time: some hours of talk
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
SLOW_S = 2.0  # a transaction that takes longer holds up the queue
CLOSE_S = 5.0  # what is left to writes that wait when the process ends

_T = TypeVar("_T")
Query = Callable[[Connection], _T]
Outcome = tuple[Any, Exception | None]


class WriteQueue:
    """The queue. `state` is plain values: code after a hot reload goes on with it."""

    def __init__(self, state: Any) -> None:
        self._state = state

    @property
    def is_stuck(self) -> bool:
        """Whether what was asked for cannot be written just now."""
        begun_at = self._state.begun_at
        return self._state.why is not None or (begun_at is not None and time.monotonic() - begun_at > SLOW_S)

    def owners(self) -> frozenset[str]:
        """Of whom something waits."""
        return frozenset(one.owner for one in self._state.waiting)

    async def settled(self, owner: str, timeout_s: float) -> None:
        """Wait until nothing of `owner` waits. Raises what hinders it if that takes longer."""
        if results := [one.result for one in self._state.waiting if one.owner == owner]:
            _, late = await asyncio.wait(results, timeout=timeout_s)
            if late:
                raise self._why()

    async def add(self, change: Query[_T], *, now_s: float | None, owner: str = "", size: int = 0) -> _T:
        """Apply `change`, and give what it returns; what it raises is raised here.

        `now_s`: it is given up if it could not be written for so long. None is as long as it takes; then it has
        `size` bytes of the queue's room, and what hinders the queue is raised at once if that is used up.
        """
        state = self._state
        room = MAX_WAITING_BYTES - sum(one.size for one in state.waiting) if self.is_stuck else size
        if now_s is None and (size > room or len(state.waiting) >= MAX_WAITING):
            raise self._why()
        result: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        one = SimpleNamespace(
            change=change, result=result, now_s=now_s, owner=owner, size=size, asked_at=time.monotonic()
        )
        state.waiting.append(one)
        if state.writer is None or state.writer.done():
            state.writer = asyncio.create_task(self._write_all(), name="write to the database")
        if now_s is not None:
            await asyncio.wait([result], timeout=now_s + 2 * SLOW_S)
            if not result.done():  # the database neither takes it nor says no
                one.change = _nothing
                raise self._why()
        return await asyncio.shield(result)  # it happens, and others wait for it, if the asker is cancelled

    async def close(self, patience_s: float | None = None) -> None:
        """Finish the writes that wait, for so long; the others are lost, and the log says so."""
        state = self._state
        if state.writer is None or state.writer.done():
            return
        state.is_closing = True
        if state.pause:
            state.pause.cancel()
        await asyncio.wait([state.writer], timeout=CLOSE_S if patience_s is None else patience_s)
        state.is_closing = False
        if state.waiting:
            chats = len(self.owners() - {""})
            logger.error("%d writes of %d chats are lost: %s", len(state.waiting), chats, reason(self._why()))
            state.writer.cancel()
            for one in state.waiting:
                _settle(one, (None, self._why()))
            state.waiting.clear()
            state.why = state.begun_at = None

    async def _write_all(self) -> None:
        state, pause_s = self._state, FIRST_PAUSE_S
        while state.waiting:
            batch = list(islice(state.waiting, 1 if state.why else MAX_BATCH))
            state.begun_at = time.monotonic()
            changes = [one.change for one in batch]
            loop = asyncio.get_running_loop()
            outcomes, why = await loop.run_in_executor(state.writers, _write, state.engine, changes)
            state.begun_at = None
            for outcome in outcomes:
                _settle(state.waiting.popleft(), outcome)
            self._note(why)
            pause_s = await self._pause(pause_s) if why else FIRST_PAUSE_S
        state.why = None  # who waited has given up

    def _note(self, why: Exception | None) -> None:
        """Remember what hinders the queue, and dismiss those who will not wait for its end."""
        state, now = self._state, time.monotonic()
        if why and not state.why:
            state.stuck_since = now
            logger.warning("nothing can be written to the database just now; it is tried again: %s", reason(why))
        if state.why and not why:
            logger.info("the database takes writes again, after %.0f s", now - state.stuck_since)
        state.why = why
        if why:
            over = [one for one in state.waiting if one.now_s is not None and now - one.asked_at >= 0.9 * one.now_s]
            for one in over:
                state.waiting.remove(one)
                _settle(one, (None, why))

    async def _pause(self, pause_s: float) -> float:
        """Wait before the next attempt; gives the pause after that."""
        if self._state.is_closing:
            pause_s = FIRST_PAUSE_S
        self._state.pause = asyncio.create_task(asyncio.sleep(pause_s))
        await asyncio.wait([self._state.pause])
        self._state.pause = None
        return min(2 * pause_s, LONGEST_PAUSE_S)

    def _why(self) -> Exception:
        return self._state.why or NoConnection("the database does not answer")


def new_queue() -> dict[str, Any]:
    """What belongs to a queue, as plain values."""
    return {"writer": None, "why": None, "stuck_since": 0.0, "begun_at": None, "pause": None, "is_closing": False}


def _nothing(connection: Connection) -> None:
    """What is written in place of what was given up."""


def _settle(one: Any, outcome: Outcome) -> None:
    value, error = outcome
    if one.result.done():
        return
    if error:
        one.result.set_exception(error)
        one.result.exception()  # nobody may wait for it any more
    else:
        one.result.set_result(value)


def _write(engine: Engine, changes: Sequence[Query[Any]]) -> tuple[list[Outcome], Exception | None]:
    """What each gave or raised, up to the first that cannot be written just now, and what hinders that.

    All are committed at once or, if one of them raises, each by itself.
    """
    given: list[Outcome] = []
    try:
        with _writing(engine) as connection:
            for change in changes:
                given.append((change(connection), None))
    except Exception as error:
        if is_temporary(error):
            engine.dispose()  # its connections may be as dead, or belong to a file that is gone
            return [], error
        if len(changes) == 1:
            return [(None, error)], None
        return _write_each(engine, changes)
    return given, None


def _write_each(engine: Engine, changes: Sequence[Query[Any]]) -> tuple[list[Outcome], Exception | None]:
    given: list[Outcome] = []
    for change in changes:
        outcomes, why = _write(engine, [change])
        given += outcomes
        if why:
            return given, why
    return given, None


def _writing(engine: Engine) -> AbstractContextManager[Connection]:
    return engine.execution_options(is_writing=True).begin()
