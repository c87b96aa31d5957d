"""Who comes in when: turns of keys, ends of waiting, places that come back."""

from __future__ import annotations

import asyncio

import pytest

from web.server.fair_queue import FairQueue, QueueFull


class Work:
    """Work in a line that lasts until it is told to end; notes who has begun."""

    def __init__(self, line: FairQueue) -> None:
        self._line = line
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.begun: list[str] = []

    async def come(self, *names: str) -> None:
        """Each name is a key and a number, such as a1."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._run(name))
            await self.settle()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await self.settle()

    async def cancel(self, *names: str) -> None:
        for name in names:
            self.tasks[name].cancel()
            await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def _run(self, name: str) -> None:
        async with self._line.place(name[0]):
            self.begun.append(name)
            await self._ends[name].wait()


async def test_as_many_run_as_there_are_places() -> None:
    work = Work(FairQueue(places=2, per_key=2, max_waiting=9))
    await work.come("a1", "b1", "c1")
    assert work.begun == ["a1", "b1"]
    await work.end("a1")
    assert work.begun == ["a1", "b1", "c1"]
    await work.end("b1", "c1")


async def test_of_one_key_no_more_run_than_may_and_others_pass_it() -> None:
    work = Work(FairQueue(places=3, per_key=1, max_waiting=9))
    await work.come("a1", "a2", "a3", "b1", "c1", "d1")
    assert work.begun == ["a1", "b1", "c1"]
    await work.end("b1")
    assert work.begun[3:] == ["d1"]
    await work.end("d1")
    assert work.begun[4:] == []  # a place is free, and a is over
    await work.end("a1", "a2", "a3", "c1")
    assert work.begun[4:] == ["a2", "a3"]


async def test_keys_take_turns_however_many_one_sends() -> None:
    work = Work(FairQueue(places=1, per_key=1, max_waiting=9))
    await work.come("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    order = ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    await work.end(*order)
    assert work.begun == order


async def test_who_comes_with_a_free_place_waits_for_nobody() -> None:
    work = Work(FairQueue(places=1, per_key=1, max_waiting=0))
    await work.come("a1")
    await work.end("a1")
    await work.come("a2")
    assert work.begun == ["a1", "a2"]
    await work.end("a2")


async def test_a_key_with_too_many_waiting_is_sent_away_at_once_and_no_other_is() -> None:
    work = Work(FairQueue(places=1, per_key=1, max_waiting=2))
    await work.come("a1", "a2", "a3", "a4", "b1", "b2", "b3")
    for name in ("a4", "b3"):
        with pytest.raises(QueueFull, match=repr(name[0])):
            await work.tasks[name]
    await work.end("a1")
    await work.come("a5")  # there is room again
    await work.end("a2", "b1", "a3", "b2", "a5")
    assert work.begun == ["a1", "a2", "b1", "a3", "b2", "a5"]


async def test_who_is_cancelled_leaves_wherever_it_stands() -> None:
    work = Work(FairQueue(places=1, per_key=1, max_waiting=3))
    await work.come("a1", "a2", "a3", "b1")
    await work.cancel("a2")
    await work.cancel("a1")  # runs
    assert work.begun == ["a1", "a3"]
    await work.end("a3")
    assert work.begun == ["a1", "a3", "b1"]
    await work.end("b1")
    await work.come("c1")
    assert work.begun[3:] == ["c1"]
    await work.end("c1")


async def test_who_is_cancelled_in_the_moment_of_its_turn_gives_the_place_back() -> None:
    work = Work(FairQueue(places=1, per_key=1, max_waiting=3))
    await work.come("a1", "b1", "c1")
    work.tasks["a1"].cancel()  # its end lets b1 in, which is cancelled before it has run on
    await asyncio.sleep(0)
    work.tasks["b1"].cancel()
    await work.settle()
    assert work.begun == ["a1", "c1"]
    await work.end("c1")


async def test_work_that_fails_gives_its_place_back() -> None:
    line = FairQueue(places=1, per_key=1, max_waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with line.place("a"):
                raise ZeroDivisionError
    assert vars(line)["_running"] == {}
    assert vars(line)["_waiting"] == {}


async def test_many_keys_leave_nothing_behind() -> None:
    line = FairQueue(places=3, per_key=1, max_waiting=1)

    async def work(key: str) -> None:
        async with line.place(key):
            await asyncio.sleep(0)

    await asyncio.gather(*(work(str(number)) for number in range(500)))
    assert vars(line)["_running"] == {}
    assert vars(line)["_waiting"] == {}
