"""Turn queue: who runs, who waits and how long, who is passed over or sent away, and what a hot reload leaves of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from agent.engine.turn_queue import FIRST_GUESS_S, TurnQueue, Wait
from agent.errors import Busy

pytestmark = pytest.mark.usefixtures("no_survivors")
NEVER_S = 3600.0  # a queue that only moves when a turn comes or goes
COUNTED_OUT = 30  # rounds of the loop, after which all who can go on have done so


class Turn:
    """A turn in a task of its own; `told` is what it heard while it waited. Once it runs, it runs until `end`."""

    def __init__(self, queue: Any, person: str) -> None:
        self.told: list[Any] = []
        self.runs = False
        self._over = asyncio.Event()
        self.task = asyncio.create_task(self._go(queue, person))

    async def _go(self, queue: Any, person: str) -> None:
        async with queue.join(person) as waits:
            async for wait in waits:
                self.told.append(wait)
            self.runs = True
            await self._over.wait()

    async def end(self) -> None:
        self._over.set()
        await self.task
        await settle()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})
        await settle()

    @property
    def place(self) -> int:
        """Where it was told last that it stands."""
        place: int = self.told[-1].place
        return place


async def settle() -> None:
    for _ in range(COUNTED_OUT):
        await asyncio.sleep(0)


def make_turn_queue(
    limit: int | None = 1, *, max_waiting: int = 100, per_person: int = 100, look_every_s: float = NEVER_S
) -> TurnQueue:
    return TurnQueue(lambda: limit, max_waiting=max_waiting, per_person=per_person, look_every_s=look_every_s)


async def turns(queue: Any, *people: str) -> list[Turn]:
    """A turn of each of `people`, in the order in which they come."""
    come = [Turn(queue, person) for person in people]
    await settle()
    return come


def running(come: list[Turn]) -> list[bool]:
    return [turn.runs and not turn.task.done() for turn in come]


def counts(queue: Any) -> tuple[int, int]:
    """How many turns run, and how many wait."""
    report = queue.health()
    return report["running"], report["waiting"]


async def test_turns_up_to_the_limit_run_at_once_and_are_told_of_no_line() -> None:
    queue = make_turn_queue(2)
    come = await turns(queue, "a", "b", "c")
    assert running(come) == [True, True, False]
    assert (come[0].told, come[1].told, come[2].place) == ([], [], 1)
    assert queue.health() == {"running": 2, "waiting": 1, "places": 2}


async def test_those_who_wait_run_in_the_order_in_which_they_came() -> None:
    queue = make_turn_queue(1)
    come = await turns(queue, *"abcd")
    for number, turn in enumerate(come):
        assert running(come) == [other == number for other in range(4)]
        await turn.end()
    assert counts(queue) == (0, 0)


async def test_nobody_overtakes_the_line_by_coming_when_a_place_becomes_free() -> None:
    queue = make_turn_queue(1)
    first, second = await turns(queue, "a", "b")
    first._over.set()
    await asyncio.sleep(0)  # the place is free, and the second has not been woken yet
    third = Turn(queue, "c")
    await settle()
    assert running([second, third]) == [True, False]


async def test_without_a_limit_everybody_runs() -> None:
    assert running(await turns(make_turn_queue(None), *"abcdef")) == [True] * 6


async def test_who_has_as_many_turns_as_a_person_may_have_is_passed_over() -> None:
    queue = make_turn_queue(2, per_person=1)
    greedy, second, third, other = await turns(queue, "a", "a", "a", "b")
    assert running([greedy, second, third, other]) == [True, False, False, True]
    (late,) = await turns(queue, "c")
    await other.end()
    assert running([second, third, late]) == [False, False, True]
    await greedy.end()
    assert running([second, third, late]) == [True, False, True]


async def test_the_limit_of_a_person_holds_without_any_other_limit() -> None:
    come = await turns(make_turn_queue(None, per_person=2), "a", "a", "a", "b")
    assert running(come) == [True, True, False, True]
    await come[0].end()
    assert running(come) == [False, True, True, True]


async def test_a_full_line_sends_away_at_once_and_says_for_how_long() -> None:
    queue = make_turn_queue(1, max_waiting=2)
    come = await turns(queue, *"abc")
    with pytest.raises(Busy) as busy:
        async with queue.join("d"):
            pytest.fail("it was let in")
    assert str(busy.value).endswith(f"Send this message again in about {3 * FIRST_GUESS_S:.0f} s.")
    assert busy.value.in_language("zh") == "模型正忙，排队的问题太多了。请在大约 30 秒后重新发送这条消息。"
    assert counts(queue) == (1, 2)
    await come[1].stop()
    (again,) = await turns(queue, "d")
    assert again.place == 2


async def test_a_line_without_room_to_wait_still_has_its_places() -> None:
    queue = make_turn_queue(1, max_waiting=0)
    first, second = await turns(queue, "a", "b")
    assert isinstance(second.task.exception(), Busy)
    await first.end()
    assert running(await turns(queue, "c")) == [True]


async def test_nobody_can_fill_the_line_alone_or_is_told_of_places_that_will_be_passed_over() -> None:
    queue = make_turn_queue(2, max_waiting=3, per_person=1)
    greedy = await turns(queue, *"aaaaa")
    assert running(greedy[:4]) == [True, False, False, False]
    assert isinstance(greedy[4].task.exception(), Busy)
    others = await turns(queue, *"bcde")
    assert running(others[:3]) == [True, False, False]
    assert [turn.place for turn in others[1:3]] == [
        2,
        3,
    ]  # behind one turn of the greedy one's; the rest is passed over
    assert isinstance(others[3].task.exception(), Busy)


async def test_leaving_the_line_lets_the_others_move_up() -> None:
    queue = make_turn_queue(1, look_every_s=0)
    _, second, third, fourth = await turns(queue, *"abcd")
    assert [turn.place for turn in (second, third, fourth)] == [1, 2, 3]
    await third.stop()
    assert (second.place, fourth.place) == (1, 2)
    await second.stop()
    assert fourth.place == 1
    assert counts(queue) == (1, 1)


async def test_stopping_the_turn_that_runs_lets_the_next_one_in() -> None:
    first, second = await turns(make_turn_queue(1), "a", "b")
    await first.stop()
    assert running([first, second]) == [False, True]


async def test_a_turn_that_is_stopped_just_when_it_is_let_in_gives_its_place_on() -> None:
    queue = make_turn_queue(1)
    first, second, third = await turns(queue, "a", "b", "c")
    first._over.set()
    await asyncio.sleep(0)
    assert counts(queue) == (1, 1)  # the second is let in, and does not know yet
    await second.stop()
    assert (second.runs, third.runs) == (False, True)
    await third.end()
    assert counts(queue) == (0, 0)


async def test_a_turn_that_breaks_gives_its_place_back() -> None:
    queue = make_turn_queue(1)

    async def break_down() -> None:
        async with queue.join("a") as waits:
            assert [wait async for wait in waits] == []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_down()
    assert counts(queue) == (0, 0)


async def test_the_estimate_is_the_place_times_a_mean_turn_over_the_limit() -> None:
    one_by_one = await turns(make_turn_queue(1), *"abcdefgh")
    assert [turn.told for turn in one_by_one[1:]] == [
        [Wait(place, seconds)] for place, seconds in zip(range(1, 8), (10, 20, 30, 40, 50, 60, 90), strict=True)
    ]


async def test_more_places_make_the_wait_shorter() -> None:
    come = await turns(make_turn_queue(4), *"abcdefghi")
    assert [turn.told for turn in come[4:]] == [
        [Wait(1, 10)],
        [Wait(2, 10)],
        [Wait(3, 10)],
        [Wait(4, 10)],
        [Wait(5, 20)],
    ]


async def test_the_estimate_learns_from_the_turns_that_ended() -> None:
    queue = make_turn_queue(1)
    for _ in range(20):
        (quick,) = await turns(queue, "a")
        await quick.end()
    come = await turns(queue, *"abcdefgh")
    assert come[-1].told == [Wait(7, 10)]


async def test_the_estimate_grows_while_the_turns_that_run_take_longer_than_all_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = make_turn_queue(1, look_every_s=0)
    _, second = await turns(queue, "a", "b")
    assert second.told[-1] == Wait(1, 10)
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 110)
    await settle()
    assert second.told[-1] == Wait(1, 120)


async def test_a_limit_that_changes_while_people_wait_counts_from_the_next_look_on() -> None:
    limit: list[int | None] = [0]
    queue = TurnQueue(lambda: limit[0], max_waiting=100, per_person=100, look_every_s=0)
    come = await turns(queue, *"abcd")
    assert running(come) == [False] * 4  # the engine is not ready
    limit[0] = 3
    await settle()
    assert running(come) == [True, True, True, False]
    limit[0] = 1
    await come[0].end()
    await come[1].end()
    assert running(come) == [False, False, True, False]
    limit[0] = None
    await settle()
    assert running(come) == [False, False, True, True]


async def test_the_line_outlives_a_hot_reload(reload: Callable[[str], Any]) -> None:
    old = make_turn_queue(1)
    old_running, old_waiting = await turns(old, "a", "b")
    module = reload("agent.engine.turn_queue")
    assert module.TurnQueue is not TurnQueue
    new = module.TurnQueue(lambda: 1, max_waiting=2, per_person=100, look_every_s=NEVER_S)
    assert counts(new) == (1, 1)
    (new_waiting,) = await turns(new, "c")
    assert (new_waiting.runs, new_waiting.place) == (False, 2)
    (too_many,) = await turns(new, "d")
    error = too_many.task.exception()
    assert (type(error).__name__, isinstance(error, Busy)) == ("Busy", False)
    await old_running.end()  # the old code's turn lets in the old code's next
    assert running([old_waiting, new_waiting]) == [True, False]
    await old_waiting.end()  # and that one the new code's
    assert new_waiting.runs
    (last,) = await turns(old, "e")
    await new_waiting.end()  # and back, for a turn that was still under way to the queue
    assert last.runs
    await last.end()
    assert counts(new) == counts(old) == (0, 0)
